/* Values over the last minutes, one bar each, the newest at the right; an empty place where nobody was looking yet. */
interface SparklineProperties {
  readonly values: readonly number[];
  readonly places: number; // how many there is room for
  readonly label: string;
}

export function Sparkline({ values, places, label }: SparklineProperties) {
  const most = Math.max(...values, 0);
  const shown = values.slice(-places);
  return (
    <svg className="sparkline" viewBox={`0 0 ${places} 40`} preserveAspectRatio="none" role="img" aria-label={label}>
      <line className="ground" x1="0" x2={places} y1="39.5" y2="39.5" />
      {shown.map((value, index) => {
        const height = most === 0 ? 0 : Math.max(value > 0 ? 1 : 0, (value / most) * 38);
        return <rect key={index} x={places - shown.length + index + 0.1} width="0.8" y={39 - height} height={height} />;
      })}
    </svg>
  );
}
