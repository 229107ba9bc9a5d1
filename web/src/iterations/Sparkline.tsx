/* What the verdict did over time, as a strip: tall for what failed, a line for what passed, a broken one for what was pending. In words for who cannot see it. */
import { memo, useEffect, useMemo, useRef } from 'react';
import { VerdictHistoriesDocument, type VerdictHistoriesQuery } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { momentText } from '../parts/time';
import { verdictNames, verdictTone } from '../parts/words';

export type History = NonNullable<VerdictHistoriesQuery['iterations']>['nodes'][number];
const AGAIN_MS = 120, WIDTH = 112, HEIGHT = 18;

/** By the iteration's id. They are worked out a piece at a time, so they are asked for apart from the list, and again until all are there. `position`: what changes when facts have come. */
export function useHistories(position: unknown): ReadonlyMap<string, History> {
  const { data, fetching, refresh } = useMomentQuery({ query: VerdictHistoriesDocument, variables: {} });
  const nodes = data?.iterations?.nodes;
  const complete = nodes === undefined || nodes.every((one) => one.verdictHistory === null || one.verdictHistory.complete);
  useEffect(() => { if (nodes !== undefined && !fetching) refresh(); }, [position]);
  useEffect(() => {
    if (complete || fetching) return undefined;
    const timer = setTimeout(() => { if (!document.hidden) refresh(); }, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [nodes, complete, fetching, refresh]);
  // What is still being worked out is shown as it was last known whole: half of a history says something else.
  const whole = useRef<ReadonlyMap<string, History>>(new Map());
  return useMemo(() => {
    const next = new Map((nodes ?? []).flatMap((one) => {
      const known = one.verdictHistory?.complete === true ? one : whole.current.get(one.id);
      return known === undefined ? [] : [[one.id, known] as const];
    }));
    whole.current = next;
    return next;
  }, [nodes]);
}

function sentence({ verdictHistory: history }: History): string {
  if (history === null || history.changes.length === 0) return 'no verdict yet';
  const said = history.changes.slice(-3).map((one) => `${verdictNames[one.verdict]} from ${momentText(one.moment)}`);
  return `${history.changeCount > said.length ? `${history.changeCount} changes, the newest: ` : ''}${said.join(', ')}`;
}

export const Sparkline = memo(({ history }: { readonly history: History | undefined }) => {
  const changes = history?.verdictHistory?.changes ?? [];
  const first = changes[0];
  if (history === undefined || first === undefined) return <span className="light none">–<span className="hidden"> not worked out yet</span></span>;
  const begin = Date.parse(first.moment), span = Math.max(1, Date.parse(history.lastValidFrom) - begin) * 1.06; // the last verdict is seen, too
  const x = (moment: string) => Math.min(WIDTH - 2, ((Date.parse(moment) - begin) / span) * WIDTH);
  const text = sentence(history);
  return (
    <span title={text}><svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`Verdict over time: ${text}`}>
      {changes.map((one, i) => {
        const next = changes[i + 1], left = x(one.moment), right = next === undefined ? WIDTH : x(next.moment), tone = verdictTone(one.verdict);
        const wide = Math.max(1.5, right - left - 1);
        return (
          <g key={one.moment} className={tone}>
            {tone === 'bad' && <rect className="stretch" x={left} y={2} width={wide} height={HEIGHT - 4} />}
            {tone === 'good' && <rect className="stretch" x={left} y={HEIGHT - 7} width={wide} height={5} />}
            {tone === 'wait' && <line className="stretch" x1={left} x2={left + wide} y1={HEIGHT - 4.5} y2={HEIGHT - 4.5} />}
          </g>
        );
      })}
    </svg></span>
  );
});
