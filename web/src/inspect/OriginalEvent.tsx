/* The event that made it so, as it was sent and is kept: read from the log by its place when it is unfolded. */
import { useEffect, useState } from 'react';
import { Copy } from '../parts/Copy';
import { usePlace } from '../state/location';

type Kept = { readonly state: 'asked' } | { readonly state: 'failed'; readonly why: string } | { readonly state: 'here'; readonly text: string };

async function read(seq: number, tenant: string | null): Promise<Kept> {
  try {
    const answer = await fetch(`/api/v1/events/${seq}`, { credentials: 'same-origin', headers: tenant === null ? {} : { 'X-Tenant': tenant } });
    if (!answer.ok) return { state: 'failed', why: answer.status === 404 ? 'It is no longer kept: its time was up, or it was erased.' : `The server answers ${answer.status}.` };
    return { state: 'here', text: JSON.stringify((await answer.json() as { readonly event: unknown }).event, null, 2) };
  } catch {
    return { state: 'failed', why: 'The server does not answer.' };
  }
}

export function OriginalEvent({ seq, eventId }: { readonly seq: number; readonly eventId: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="original" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Event <span className="mono">{eventId}</span></summary>
      {open && <Whole seq={seq} />}
    </details>
  );
}

function Whole({ seq }: { readonly seq: number }) {
  const { tenant } = usePlace();
  const [kept, setKept] = useState<Kept>({ state: 'asked' });
  useEffect(() => {
    let left = false;
    void read(seq, tenant).then((found) => { if (!left) setKept(found); });
    return () => { left = true; };
  }, [seq, tenant]);
  if (kept.state === 'asked') return <p className="quiet" role="status">Reading it from the log…</p>;
  if (kept.state === 'failed') return <p className="quiet" role="status">{kept.why}</p>;
  return <div className="json"><Copy text={kept.text} what="the event" /><pre tabIndex={0} role="region" aria-label={`Event ${seq}`}>{kept.text}</pre></div>;
}
