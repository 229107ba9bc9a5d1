import { Glyph } from '../parts/Glyph';
import { signs } from '../time/difference';

export function Legend({ compared }: { readonly compared: boolean }) {
  return (
    <>
      <span><i />depends on</span>
      <span><i className="violation" />violation</span>
      <span><i className="cycle" />in a cycle</span>
      <span><i className="suppressed" />suppressed</span>
      <span><Glyph tone="bad" />breaks a blocking rule</span>
      <span><Glyph tone="wait" />warning</span>
      {compared && <span>{signs.added} added, {signs.removed} removed, {signs.changed} changed</span>}
      <span className="quiet">double-click or Enter folds a component</span>
    </>
  );
}
