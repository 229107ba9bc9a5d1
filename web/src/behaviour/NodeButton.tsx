/* A node by name, to be selected. */
import type { NodeKind } from '../../generated/graphql';
import { useSelection } from '../state/selection';
import type { ScenarioState } from './model';
import { StateGlyph } from './StateGlyph';

interface ButtonProperties {
  readonly kind: NodeKind;
  readonly nodeId: string;
  readonly name: string;
  readonly state?: ScenarioState;
}

export function NodeButton({ kind, nodeId, name, state }: ButtonProperties) {
  const selected = useSelection((selection) => selection.node);
  const select = useSelection((selection) => selection.toggleNode);
  return (
    <button type="button" className="node-button" aria-pressed={selected?.kind === kind && selected.nodeId === nodeId} onClick={() => select({ kind, nodeId })}>
      {state !== undefined && <><StateGlyph state={state} /> </>}{state === 'quarantined' ? <del>{name}</del> : name}
    </button>
  );
}
