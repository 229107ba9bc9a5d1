/* The features, scenarios and test runs as a drawing. */
import { useMemo } from 'react';
import { BehaviourDrawingDocument } from '../../generated/graphql';
import { useLiveLens } from '../data/live';
import { useMomentQuery } from '../data/moment';
import { GraphCanvas } from '../graph/GraphCanvas';
import type { CanvasNode, Drawing } from '../graph/model';
import { Glyph } from '../parts/Glyph';
import { kindNames } from '../parts/kinds';
import { ProblemNotice } from '../parts/Notice';
import { usePlace } from '../state/location';
import { type NodeKey, readNodeKey, useSelection } from '../state/selection';
import { useDifference } from '../time/difference';
import { drawBehaviour, unstruck } from './drawing';
import { StateGlyph } from './StateGlyph';

export function BehaviourDrawing({ iterationId }: { readonly iterationId: string }) {
  const { moment, mark } = usePlace();
  const { data, error, fetching, absent, behind, refresh } = useMomentQuery({ query: BehaviourDrawingDocument, variables: { iterationId }, whole: true });
  const graph = absent ? null : data?.getBDVGraph ?? null;
  useLiveLens({ iterationId, lens: 'BDV', meta: graph?.meta, fetching, now: moment === null && !behind, refresh });
  const difference = useDifference(iterationId);
  const { data: marked } = useMomentQuery({ query: BehaviourDrawingDocument, variables: { iterationId }, at: mark, pause: mark === null, whole: true });
  const before = difference === null ? null : marked?.getBDVGraph ?? null;
  const drawing = useMemo(() => drawBehaviour(graph, difference, before), [graph, difference, before]);
  const described = useMemo(() => new Map<string, CanvasNode>(drawing.nodes.map((node) => [node.key, node])), [drawing]);
  if (graph === null && !absent) return error !== undefined ? <ProblemNotice error={error} retry={refresh} /> : <p className="loading" role="status">Loading the drawing…</p>;
  return (
    <GraphCanvas name={`Behaviour of ${iterationId}`} drawing={drawing} flows fileName={`${iterationId}-behaviour`} table={<DrawingTable drawing={drawing} />} legend={<Legend />}
      card={(key) => { const node = described.get(key); return node === undefined ? null : <><strong>{unstruck(node.label)}</strong>{node.description}</>; }} />
  );
}

function Legend() {
  return (
    <>
      <span><StateGlyph state="passed" />passed</span><span><StateGlyph state="failed" />failed</span><span><StateGlyph state="running" />running</span>
      <span><StateGlyph state="notRun" />skipped or not run</span><span><i className="flaky" />flaky</span><span><i className="quarantined" /><del>quarantined</del></span>
    </>
  );
}

function DrawingTable({ drawing }: { readonly drawing: Drawing }) {
  const node = useSelection((selection) => selection.node);
  const select = useSelection((selection) => selection.toggleNode);
  return (
    <table>
      <thead><tr><th scope="col">Node</th><th scope="col">Kind</th><th scope="col">State</th></tr></thead>
      <tbody>
        {drawing.nodes.map((one) => {
          const named = readNodeKey(one.key as NodeKey);
          if (named === null || named.kind === null) return null;
          const chosen = node?.nodeId === named.nodeId && node.kind === named.kind;
          return (
            <tr key={one.key} className={chosen ? 'chosen' : undefined}>
              <th scope="row"><button type="button" className="node-button" aria-pressed={chosen} onClick={() => select(named)}>{one.marks?.includes('quarantined') === true ? <del>{unstruck(one.label)}</del> : one.label}</button></th>
              <td>{kindNames[named.kind]}</td><td><Glyph tone={one.tone} /> {one.description.slice(one.description.lastIndexOf(': ') + 2)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
