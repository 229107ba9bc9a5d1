/* Where the verdict changed, as buttons: a shape, and on hover or focus the words. One is in the tab order; arrows walk. Marks that would
 * lie on each other are drawn as the last of them, with their count. */
import { type KeyboardEvent, useRef } from 'react';
import { Shape } from '../parts/Status';
import { momentText } from '../parts/time';
import { eventText, verdictNames, verdictTone } from '../parts/words';
import type { Mark, Range } from './axis';

const APART_PX = 15;

interface MarksProperties {
  readonly marks: readonly Mark[];
  readonly range: Range;
  readonly width: number;
  readonly at: number | null;
  readonly go: (at: number) => void;
}

interface Shown {
  readonly mark: Mark;
  readonly x: number;
  readonly count: number;
}

function place(marks: readonly Mark[], range: Range, width: number): readonly Shown[] {
  const shown: Shown[] = [];
  for (const mark of marks) {
    const x = ((mark.at - range.from) / (range.to - range.from)) * width;
    if (x < 0 || x > width) continue;
    const last = shown.at(-1);
    if (last !== undefined && x - last.x < APART_PX) shown[shown.length - 1] = { mark, x: last.x, count: last.count + 1 };
    else shown.push({ mark, x, count: 1 });
  }
  return shown;
}

export const markText = ({ from, to }: Mark) => (from === null ? `${verdictNames[to]} at first` : `${verdictNames[from]} → ${verdictNames[to]}`);

export function Marks({ marks, range, width, at, go }: MarksProperties) {
  const group = useRef<HTMLDivElement>(null);
  const shown = place(marks, range, width);
  const current = Math.max(0, shown.findLastIndex((one) => at === null || one.mark.at <= at));
  const walk = (event: KeyboardEvent) => {
    const buttons = [...(group.current?.querySelectorAll('button') ?? [])], i = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, to))]?.focus();
  };
  return (
    <div className="marks" role="group" aria-label="Changes of the verdict" ref={group} onKeyDown={walk}>
      {shown.map(({ mark, x, count }, i) => (
        <button key={mark.at} type="button" className={`mark ${x > width / 2 ? 'leftwards' : ''}`} style={{ left: x }} tabIndex={i === current ? 0 : -1} aria-label={`${markText(mark)}, ${momentText(mark.event.moment)}: ${eventText(mark.event.eventType)}`} onClick={() => go(mark.at)}>
          <Shape tone={verdictTone(mark.to)} />
          <span className="words">
            <strong>{markText(mark)}</strong> <span>{eventText(mark.event.eventType)}, <span className="mono">{mark.event.nodeId}</span>{mark.event.factCount > 1 && `, with ${mark.event.factCount - 1} more at that moment`}</span>
            {' '}<span className="quiet">{momentText(mark.event.moment)}{count > 1 && ` · ${count} changes here, zoom in to tell them apart`}</span>
          </span>
        </button>
      ))}
    </div>
  );
}
