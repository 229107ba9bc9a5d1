/* Moments as people read them. The exact one is in the element's title and in datetime. */
import { useEffect, useState } from 'react';

const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto' });
const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [ ['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]];

export const momentText = (moment: string) => `${absolute.format(new Date(moment))} UTC`;

/** Up to two weeks ago as a distance, then as a date. */
export function agoText(moment: string, now: number): string {
  const past = Date.parse(moment) - now;
  if (Math.abs(past) > 14 * 86_400_000) return date.format(new Date(moment));
  const step = steps.find(([, ms]) => Math.abs(past) >= ms);
  return step === undefined ? 'just now' : relative.format(Math.trunc(past / step[1]), step[0]);
}

/** Now, twice a minute. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function Ago({ moment }: { readonly moment: string }) {
  return <time dateTime={moment} title={momentText(moment)}>{agoText(moment, useNow())}</time>;
}

export function At({ moment }: { readonly moment: string }) {
  return <time dateTime={moment} title={moment}>{momentText(moment)}</time>;
}
