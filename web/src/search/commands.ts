/* What can be done by name, from anywhere. A view adds what it can do while it is shown: useCommands(commands). The palette
 * (Palette.tsx) lists them; a command is found by the words of its title and its keywords. */
import { useEffect, useSyncExternalStore } from 'react';

/** Where the person is when a command runs. */
export interface CommandPlace {
  readonly path: string;
  readonly search: string; // with its question mark, or empty
  readonly iterationId: string | null; // the one that is open
  readonly navigate: (to: string) => void;
  readonly say: (text: string) => void; // one sentence, shown and read out when it is done
}

export interface Command {
  readonly id: string; // unique: "graph.export-svg"
  readonly title: string; // as an order: "Export the graph as SVG"
  readonly keywords?: string;
  readonly hint?: string; // what else to know: a key, the present state
  readonly available?: (place: CommandPlace) => boolean;
  readonly run: (place: CommandPlace) => void | Promise<void>;
}

let all: readonly Command[] = [];
const listeners = new Set<() => void>();

function put(next: readonly Command[]): void {
  all = next;
  for (const listener of listeners) listener();
}

/** Until the answer is called. One with an id that is there already takes its place. */
export function registerCommands(commands: readonly Command[]): () => void {
  const ids = new Set(commands.map((one) => one.id));
  put([...all.filter((one) => !ids.has(one.id)), ...commands]);
  return () => put(all.filter((one) => !commands.includes(one)));
}

/** As long as the component is there. The list must be the same object from render to render (useMemo, or a constant). */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => registerCommands(commands), [commands]);
}

export function useAllCommands(): readonly Command[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => { listeners.delete(listener); };
  }, () => all);
}
