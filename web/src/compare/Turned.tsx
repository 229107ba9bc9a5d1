/* Better, worse or the same: an arrow, a word and a colour. */
import type { Turn } from './compare';

const words: Record<Turn, readonly [string, string, string]> = { better: ['▲', 'better', 'good'], worse: ['▼', 'worse', 'bad'], same: ['=', 'the same', 'none'], unknown: ['–', 'can’t be compared', 'none'] };

export function Turned({ turn }: { readonly turn: Turn }) {
  const [sign, word, tone] = words[turn];
  return <span className={`light ${tone}`}><span aria-hidden="true">{sign}</span>{word}</span>;
}
