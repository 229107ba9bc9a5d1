import { formatMoney } from "@shop/money";
import { expired, lastFour, validNumber } from "./card.js";
import { createLedger } from "./ledger.js";

// `provider.charge({number, amount})` answers {approved, reason}, or throws when it cannot be reached.
export function createPayments(provider, clock = () => new Date()) {
  const ledger = createLedger();

  async function pay({ card, amount }) {
    if (!validNumber(card.number)) return refused("invalid-number");
    if (expired(card.expiry, clock())) return refused("expired");
    let answer;
    try {
      answer = await provider.charge({ number: card.number, amount });
    } catch {
      return refused("provider-unavailable");
    }
    if (!answer.approved) return refused(answer.reason);
    const { id } = ledger.record({ amount, card: lastFour(card.number) });
    return { status: "paid", id, amount, text: `${formatMoney(amount)} by card ending in ${lastFour(card.number)}` };
  }

  function refund(id) {
    const payment = ledger.find(id);
    if (!payment) return refused("no-such-payment");
    if (ledger.refundOf(id)) return refused("already-refunded");
    ledger.record({ amount: -payment.amount, refunds: id });
    return { status: "refunded", id, amount: payment.amount };
  }

  return { pay, refund, entries: ledger.entries };
}

function refused(reason) {
  return { status: "refused", reason };
}
