/* Numbers of the process as people read them. */
const decimals = (most: number) => new Intl.NumberFormat('en-GB', { maximumFractionDigits: most });
const whole = decimals(0), one = decimals(1), three = decimals(3);

export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes, unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${(value < 100 && unit > 0 ? one : whole).format(value)} ${units[unit]}`;
}

const steps: readonly (readonly [string, number])[] = [['day', 86_400], ['h', 3600], ['min', 60]];

/** The two largest units: "3 days 4 h", "5 min 2 s". */
export function spanText(seconds: number): string {
  const left = Math.max(0, Math.round(seconds)), at = steps.findIndex(([, size]) => left >= size);
  const step = steps[at];
  if (step === undefined) return `${left} s`;
  const [unit, size] = step, next = steps[at + 1] ?? ['s', 1];
  const count = Math.floor(left / size), rest = Math.floor((left % size) / next[1]);
  return `${whole.format(count)} ${unit === 'day' && count !== 1 ? 'days' : unit}${rest === 0 || count >= 100 ? '' : ` ${rest} ${next[0]}`}`;
}

export const rateText = (perSecond: number) => `${(perSecond < 10 ? one : whole).format(perSecond)}/s`;
export const shareText = (share: number) => `${three.format(share * 100)} %`;
export const msText = (ms: number) => (ms < 1000 ? `${(ms < 10 ? decimals(2) : one).format(ms)} ms` : `${decimals(2).format(ms / 1000)} s`);
export const factorText = (factor: number) => `${decimals(factor < 10 ? 2 : 0).format(factor)}×`;
