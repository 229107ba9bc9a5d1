/* All that events told of a node, and where it came from. */
import { Link, useLocation, useSearch } from 'wouter';
import { At } from '../parts/time';
import { searchWith } from '../state/location';
import { Copy } from '../parts/Copy';
import { Highlights } from './Highlights';
import type { Inspected } from './Inspector';
import { OriginalEvent } from './OriginalEvent';

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);
}

/** Properties with keys (metadata and the like) are shown key by key. */
function flat(properties: unknown): readonly (readonly [string, unknown])[] {
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties).flatMap(([name, value]) => (
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value).map(([key, one]) => [`${name}.${key}`, one] as const) : [[name, value] as const]
  ));
}

export function Properties({ iterationId, trace }: { readonly iterationId: string; readonly trace: Inspected }) {
  const { node } = trace;
  const [path] = useLocation();
  const search = useSearch();
  return (
    <>
      <Highlights iterationId={iterationId} kind={node.kind} nodeId={node.nodeId} />
      <dl className="facts">
        {flat(node.properties).map(([name, value]) => (
          <div key={name}><dt>{name.replaceAll('_', ' ')}</dt><dd className={/error|message|stack/.test(name) ? 'mono' : undefined}>{valueText(value)}</dd></div>
        ))}
      </dl>
      <dl className="facts origin">
        {node.validFrom !== null && <div><dt>since</dt><dd><Link href={path + searchWith(search, { asOf: node.validFrom })}><At moment={node.validFrom} /></Link></dd></div>}
        {node.updatedAt !== null && <div><dt>last fact</dt><dd><Link href={path + searchWith(search, { asOf: node.updatedAt })}><At moment={node.updatedAt} /></Link></dd></div>}
        {node.observedAt !== null && <div><dt>known since</dt><dd><At moment={node.observedAt} /></dd></div>}
        {node.traceId !== null && <div><dt>trace</dt><dd className="mono">{node.traceId} <Copy text={node.traceId} what="the trace id" /></dd></div>}
      </dl>
      {node.eventId !== null && node.seq !== null && <section className="made-so"><h3>What made it so</h3><OriginalEvent key={node.seq} seq={node.seq} eventId={node.eventId} /></section>}
      {trace.gaps.length > 0 && <section className="gaps"><h3>Missing on its way</h3><ul>{trace.gaps.map((gap) => <li key={gap.sentence}>{gap.sentence}</li>)}</ul></section>}
    </>
  );
}
