/* Linking by hand, and saying that a link is not so. Either becomes an event, counts at once in all views and in the verdict, and stands in the audit
 * log with its reason. */
import { useId, useState } from 'react';
import { useMutation } from 'urql';
import { AssertLinkDocument, DenyLinkDocument, type NodeKind } from '../../generated/graphql';
import { Dialog } from '../parts/Dialog';
import { linkWords } from '../parts/kinds';
import { refusalText } from '../parts/refusal';
import type { Inspected } from './Inspector';
import { type LinkEnd, type LinkWay, waysOf } from './linking';
import { PartnerPicker } from './PartnerPicker';

type Link = Inspected['node']['links']['nodes'][number];

interface ReasonProperties { readonly text: string; readonly setText: (text: string) => void; readonly placeholder: string; readonly first?: boolean }

function Reason({ text, setText, placeholder, first = false }: ReasonProperties) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Reason</label>
      <textarea id={id} rows={2} required maxLength={2000} value={text} onChange={(event) => setText(event.target.value)} placeholder={placeholder} autoFocus={first} />
    </div>
  );
}

interface ChangeProperties { readonly iterationId: string; readonly link: Link; readonly close: () => void; readonly done: () => void }

/** Denies a link; one that is denied is made to count again. */
export function ChangeLinkDialog({ iterationId, link, close, done }: ChangeProperties) {
  const [reason, setReason] = useState('');
  const [denied, deny] = useMutation(DenyLinkDocument);
  const [restored, restore] = useMutation(AssertLinkDocument);
  const restores = link.denied, { error, fetching } = restores ? restored : denied;
  const { sourceNode: source, targetNode: target, kind } = link;
  const submit = async () => {
    const input = { iterationId, kind, source: { kind: source.kind, nodeId: source.nodeId }, target: { kind: target.kind, nodeId: target.nodeId }, reason: reason.trim() };
    const answer = await (restores ? restore : deny)({ input });
    if (answer.error === undefined) { done(); close(); }
  };
  return (
    <Dialog title={restores ? 'Restore this link?' : 'Is this link not so?'} close={close} submit={submit} action={restores ? 'Restore it' : 'It is not so'} tone={restores ? 'primary' : 'danger'} ready={reason.trim() !== ''} busy={fetching} error={error === undefined ? null : refusalText(error)}>
      <p className="link-sentence"><strong>{source.name}</strong> {linkWords[kind][0]} <strong>{target.name}</strong></p>
      <p className="quiet">{restores ? 'It counts again, with confidence 1.00, as said by hand.' : 'It counts no longer, in no view and not in the verdict, whatever the correlator finds. It stays listed as denied and can be restored.'} The reason goes on record.</p>
      <Reason text={reason} setText={setReason} placeholder={restores ? 'Why it holds after all' : 'What makes it wrong'} first />
    </Dialog>
  );
}

interface NewProperties { readonly iterationId: string; readonly node: LinkEnd; readonly way?: Pick<LinkWay, 'kind'> & { readonly partner: NodeKind }; readonly linked: ReadonlySet<string>; readonly close: () => void; readonly done: () => void }

/** Links a node with a partner that is searched for. `way` is what is chosen at first; `linked` has the global ids of those it is linked with, by kind of link. */
export function NewLinkDialog({ iterationId, node, way: first, linked, close, done }: NewProperties) {
  const ways = waysOf(node.kind);
  const [wayId, setWayId] = useState(() => (ways.find((one) => one.kind === first?.kind && one.partner === first.partner) ?? ways[0])?.id ?? '');
  const way = ways.find((one) => one.id === wayId);
  const [partner, setPartner] = useState<LinkEnd | null>(null);
  const [reason, setReason] = useState('');
  const [{ error, fetching }, assert] = useMutation(AssertLinkDocument);
  const id = useId();
  const submit = async () => {
    if (way === undefined || partner === null) return;
    const own = { kind: node.kind, nodeId: node.nodeId }, other = { kind: partner.kind, nodeId: partner.nodeId };
    const answer = await assert({ input: { iterationId, kind: way.kind, source: way.leads ? own : other, target: way.leads ? other : own, reason: reason.trim() } });
    if (answer.error === undefined) { done(); close(); }
  };
  return (
    <Dialog title="Link by hand" close={close} submit={submit} action="Link them" ready={partner !== null && reason.trim() !== ''} busy={fetching} error={error === undefined ? null : refusalText(error)}>
      <div className="field">
        <label htmlFor={id}>{node.name} is</label>
        <select id={id} value={wayId} onChange={(event) => { setWayId(event.target.value); setPartner(null); }}>{ways.map((one) => <option key={one.id} value={one.id}>{one.words}</option>)}</select>
      </div>
      {way !== undefined && <PartnerPicker key={wayId} iterationId={iterationId} way={way} own={node} linked={linked} chosen={partner} choose={setPartner} />}
      <Reason text={reason} setText={setReason} placeholder="How you know" />
    </Dialog>
  );
}
