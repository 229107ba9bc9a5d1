/* Where a task comes from and what hangs on it, with how many steps away, and what was made on the way, with its SHA-256. */
import type { ReactNode } from 'react';
import { LineageDocument, type LineageQuery } from '../../generated/graphql';
import { useMomentQuery } from '../data/moment';
import { statusTone, statusWords } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { useSelection } from '../state/selection';

type Found = NonNullable<LineageQuery['getTaskLineage']>;
type Relative = Found['ancestors'][number];

function Node({ node }: { readonly node: Relative['task'] | Found['artifacts'][number] }) {
  const select = useSelection((selection) => selection.selectNode);
  return <button type="button" className="node" onClick={() => select({ kind: node.kind, nodeId: node.nodeId })}><Glyph tone={statusTone[node.status]} />{node.name}<span className="hidden"> ({statusWords[node.status]})</span></button>;
}

function Relatives({ title, relatives, none }: { readonly title: string; readonly relatives: readonly Relative[]; readonly none: string }) {
  return (
    <section className="relatives" aria-label={title}>
      <h3>{title}{relatives.length > 0 && <span className="count"> {relatives.length}</span>}</h3>
      {relatives.length === 0 ? <p className="quiet">{none}</p> : (
        <ul className="links">{relatives.map(({ task, distance }) => <li key={task.id}><Node node={task} /><span className="quiet">{distance === 1 ? '1 step' : `${distance} steps`}</span></li>)}</ul>
      )}
    </section>
  );
}

export function Lineage({ iterationId, taskId }: { readonly iterationId: string; readonly taskId: string }): ReactNode {
  const { data, error } = useMomentQuery({ query: LineageDocument, variables: { iterationId, taskId } });
  const lineage = data?.getTaskLineage;
  if (lineage == null) return <p className="quiet" role="status">{error === undefined ? 'Loading where it comes from…' : 'The server does not answer.'}</p>;
  return (
    <>
      <Relatives title="Waits for" relatives={lineage.ancestors} none="Nothing: it can begin at once." />
      <Relatives title="Wait for it" relatives={lineage.descendants} none="Nothing waits for it." />
      <section className="relatives" aria-label="Artifacts on the way">
        <h3>Artifacts on the way{lineage.artifacts.length > 0 && <span className="count"> {lineage.artifacts.length}</span>}</h3>
        {lineage.artifacts.length === 0 ? <p className="quiet">None was reported.</p> : (
          <ul className="links">{lineage.artifacts.map((one) => <li key={one.id}><Node node={one} /><span className="why mono">{one.hash === null ? 'no SHA-256 reported' : one.hash}</span></li>)}</ul>
        )}
      </section>
    </>
  );
}
