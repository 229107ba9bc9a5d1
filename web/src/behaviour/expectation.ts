/* What was expected and what was there instead, read out of an assertion's message. Each tool says it in its own words; where none of these is
 * found, the message is shown as it is.
 *
 *   + actual - expected        lines that begin with + and -, under such a heading or a "--- Expected / +++ Received" one (Node, Jest, Mocha)
 *   Expected: X / Received: Y  (Jest, Playwright), also "Actual: Y"
 *   expected: <X> but was: <Y> (JUnit)
 *   expected X to equal Y      (Chai), also "to deeply equal", "to be", "to eql": X is what was there
 *   X !== Y, X != Y            (Node): X is what was there */

export interface DifferenceLine {
  readonly sign: 'expected' | 'actual' | 'both';
  readonly text: string;
}

export interface Expectation {
  readonly lines: readonly DifferenceLine[];
  readonly before: string; // of the message, what stands before it
  readonly after: string; // and behind: the stack
}

const pair = (expected: string, actual: string): readonly DifferenceLine[] => [{ sign: 'expected', text: expected.trim() }, { sign: 'actual', text: actual.trim() }];

/** In most tools + is what was there; where the heading says "+ expected" it is the other way round. */
function fromSigns(message: string): Expectation | null {
  const lines = message.split('\n');
  const heading = lines.findIndex((line) => /^\s*([+-]{1,3}) *(actual|expected|received)\b.*([+-]{1,3}) *(actual|expected|received)\b/i.test(line));
  if (heading < 0) return null;
  const plusIsExpected = /\+{1,3} *expected/i.test(lines[heading] ?? '');
  const found: DifferenceLine[] = [];
  let end = heading + 1;
  for (; end < lines.length; end++) {
    const line = lines[end] ?? '';
    if (/^\s+at\s/.test(line)) break;
    const sign = /^\s*([+-])\s?(.*)$/.exec(line);
    if (sign !== null) found.push({ sign: (sign[1] === '+') === plusIsExpected ? 'expected' : 'actual', text: sign[2] ?? '' });
    else if (line.trim() !== '') found.push({ sign: 'both', text: line.replace(/^ {2}/, '') });
  }
  if (!found.some((line) => line.sign !== 'both')) return null;
  const order = found.every((line) => line.sign !== 'both') ? [...found].sort((a, b) => Number(a.sign === 'actual') - Number(b.sign === 'actual')) : found;
  return { lines: order, before: lines.slice(0, heading).join('\n').trim(), after: lines.slice(end).join('\n') };
}

const sentences: readonly (readonly [RegExp, 1 | 2])[] = [ // the number of the group that was expected
  [/Expected(?:\s+\w+)?:\s*(.+)\n\s*(?:Received|Actual)(?:\s+\w+)?:\s*(.+)/i, 1],
  [/expected:? ?<([^>]*)> but was:? ?<([^>]*)>/i, 1],
  [/expected (.+?) to (?:deeply equal|strictly equal|equal|eql|be) (.+)/i, 2],
  [/^\s*(.+?) !==? (.+)$/m, 2],
];

function fromSentence(message: string): Expectation | null {
  for (const [pattern, expected] of sentences) {
    const found = pattern.exec(message);
    if (found === null) continue;
    const [first = '', second = ''] = [found[1], found[2]];
    return { lines: expected === 1 ? pair(first, second) : pair(second, first), before: message.slice(0, found.index).trim(), after: message.slice(found.index + found[0].length) };
  }
  return null;
}

export const readExpectation = (message: string): Expectation | null => fromSigns(message) ?? fromSentence(message);
