/* Choosing the other end of a link: what is typed is searched for among the nodes that may be it; the first ones are there before. */
import { useDeferredValue, useId, useState } from 'react';
import { useQuery } from 'urql';
import { PartnersMatchingDocument, PartnersOfKindDocument } from '../../generated/graphql';
import { statusTone, statusWords } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { kindNames } from '../parts/kinds';
import { countText } from '../parts/words';
import { type LinkEnd, linkedKey, type LinkWay } from './linking';

const CHARACTERS_MIN = 2; // what the server wants at least

interface PickerProperties {
  readonly iterationId: string;
  readonly way: LinkWay;
  readonly own: LinkEnd;
  readonly linked: ReadonlySet<string>;
  readonly chosen: LinkEnd | null;
  readonly choose: (partner: LinkEnd) => void;
}

export function PartnerPicker({ iterationId, way, own, linked, chosen, choose }: PickerProperties) {
  const [text, setText] = useState('');
  const query = useDeferredValue(text.trim()), searches = query.length >= CHARACTERS_MIN;
  const kinds = [way.partner], id = useId();
  const [{ data: found }] = useQuery({ query: PartnersMatchingDocument, variables: { iterationId, kinds, query }, pause: !searches });
  const [{ data: first }] = useQuery({ query: PartnersOfKindDocument, variables: { iterationId, kinds }, pause: searches });
  const page = searches ? found?.searchNodes : first?.nodes, nodes = page?.nodes.filter((node) => node.nodeId !== own.nodeId || node.kind !== own.kind) ?? [];
  const kind = kindNames[way.partner].toLowerCase();
  return (
    <fieldset className="partners">
      <legend>{kindNames[way.partner]}</legend>
      <input type="search" aria-label={`Search for a ${kind}`} placeholder="Name or id…" value={text} onChange={(event) => setText(event.target.value)} autoFocus />
      <ul>
        {nodes.map((node) => {
          const isLinked = linked.has(linkedKey(way.kind, way.leads, node.nodeId));
          return (
            <li key={node.id}>
              <label>
                <input type="radio" name={id} disabled={isLinked} checked={chosen?.kind === node.kind && chosen.nodeId === node.nodeId} onChange={() => choose(node)} />
                <Glyph tone={statusTone[node.status]} /><span className="name">{node.name}<span className="hidden"> ({statusWords[node.status]})</span>{node.name !== node.nodeId && <span className="sub mono">{node.nodeId}</span>}</span>
                {isLinked && <span className="quiet">linked</span>}
              </label>
            </li>
          );
        })}
      </ul>
      <p className="quiet sub" role="status">{page == null ? 'Searching…' : nodes.length === 0 ? `No ${kind} matches.` : page.totalCount > nodes.length ? `${countText(nodes.length)} of ${countText(page.totalCount)} are shown; type to find another.` : ''}</p>
    </fieldset>
  );
}
