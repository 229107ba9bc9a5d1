/* The countdown to the next attempt. Its clock ticks once a second, only while something waits, somebody looks, and what is shown is now. */
import { useEffect, useState } from 'react';

export function useClock(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tick = () => { setNow(Date.now()); timer = setTimeout(tick, 1000 - (Date.now() % 1000)); };
    const look = () => { clearTimeout(timer); if (!document.hidden) tick(); };
    look();
    document.addEventListener('visibilitychange', look);
    return () => { clearTimeout(timer); document.removeEventListener('visibilitychange', look); };
  }, [running]);
  return now;
}

function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000), minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** "in 4:12", "overdue 0:30". */
export function countdownText(nextRetryAt: string, now: number): string {
  const left = Date.parse(nextRetryAt) - now;
  return left >= 0 ? `in ${clockText(left)}` : `overdue ${clockText(-left)}`;
}

export function retriesText(count: number, most: number | null): string {
  return most === null ? `↻ ${count}` : `↻ ${count} of ${most}`;
}
