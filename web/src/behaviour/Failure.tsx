/* An error message: what was expected and what was there instead first, as a difference; then the words, with the stack folded away. */
import { readExpectation } from './expectation';

const signs = { expected: ['−', 'expected'], actual: ['+', 'was'], both: [' ', ''] } as const;
const isStack = (line: string) => /^\s+at\s/.test(line);

export function Failure({ message }: { readonly message: string }) {
  const found = readExpectation(message);
  const said = found === null ? message : found.before, rest = found === null ? '' : found.after;
  const lines = `${said}\n${rest}`.split('\n');
  const words = lines.filter((line) => !isStack(line)).join('\n').trim(), stack = lines.filter(isStack).map((line) => line.trim());
  return (
    <div className="failure">
      {words !== '' && <p className="message">{words}</p>}
      {found !== null && (
        <ul className="expectation" aria-label="Expected and actual">
          {found.lines.map((line, i) => <li key={i} className={line.sign}><span className="side">{signs[line.sign][0]}<span className="word">{signs[line.sign][1]}</span></span><code>{line.text}</code></li>)}
        </ul>
      )}
      {stack.length > 0 && <details><summary>{stack.length === 1 ? 'Where' : `Stack, ${stack.length} frames`}</summary><pre>{stack.join('\n')}</pre></details>}
    </div>
  );
}
