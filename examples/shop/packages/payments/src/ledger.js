import { randomUUID } from "node:crypto";

// Every payment and refund, in the order they happened.
export function createLedger() {
  const entries = [];
  return {
    record(entry) {
      const stored = { id: randomUUID(), ...entry };
      entries.push(stored);
      return stored;
    },
    find: (id) => entries.find((entry) => entry.id === id),
    refundOf: (id) => entries.find((entry) => entry.refunds === id),
    entries: () => [...entries],
  };
}
