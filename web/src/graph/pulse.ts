/* What is being retried pulses: on for half of each two seconds, so never more than once a second; not where somebody asked for less
 * motion, and not while nobody looks. */
import { type RefObject, useEffect } from 'react';
import type { Drawing } from './model';
import type { GraphStage } from './stage';

const BEAT_MS = 1000;

export function usePulse(stage: RefObject<GraphStage | null>, drawing: Drawing, drawn: boolean): void {
  const retrying = drawn && drawing.nodes.some((node) => node.marks?.includes('retrying') === true);
  useEffect(() => {
    const still = window.matchMedia('(prefers-reduced-motion: reduce)');
    if (!retrying) return undefined;
    let on = false;
    const timer = setInterval(() => {
      on = !on && !still.matches;
      if (!document.hidden) stage.current?.pulse(on);
    }, BEAT_MS);
    return () => { clearInterval(timer); stage.current?.pulse(false); };
  }, [stage, retrying]);
}
