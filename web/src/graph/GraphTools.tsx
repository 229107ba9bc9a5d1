/* The bar over a drawing: the lens's own tools, zoom, the way to the table, and the exports. */
import type { ReactNode, RefObject } from 'react';
import type { Drawing } from './model';
import type { GraphStage } from './stage';
import { save } from './save';
import { drawingToSvg } from './svg';
import { palette } from './theme';

interface ToolProperties {
  readonly stage: RefObject<GraphStage | null>;
  readonly name: string;
  readonly asTable: boolean;
  readonly setAsTable: (asTable: boolean) => void;
  readonly withMap: boolean;
  readonly setWithMap: (withMap: boolean) => void;
  readonly drawing: Drawing;
  readonly flows: boolean;
  readonly fileName: string;
  readonly children: ReactNode;
}

export function GraphTools({ stage, name, asTable, setAsTable, withMap, setWithMap, drawing, flows, fileName, children }: ToolProperties) {
  const png = async () => { const blob = await stage.current?.png(palette().ground); if (blob !== undefined) save(blob, `${fileName}.png`); };
  const svg = () => save(new Blob([drawingToSvg(drawing, palette(), name, flows)], { type: 'image/svg+xml' }), `${fileName}.svg`);
  return (
    <div className="graph-tools" role="toolbar" aria-label="Drawing">
      {children}
      <span className="spacer" />
      {!asTable && (
        <span className="group">
          <button type="button" className="tool" onClick={() => stage.current?.zoomBy(0.8)} aria-label="Zoom out" title="Zoom out (−)">−</button>
          <button type="button" className="tool" onClick={() => stage.current?.fit()} title="Show all (0)">Fit</button>
          <button type="button" className="tool" onClick={() => stage.current?.zoomBy(1.25)} aria-label="Zoom in" title="Zoom in (+)">+</button>
          <button type="button" className="tool" aria-pressed={withMap} onClick={() => setWithMap(!withMap)} title="A small map of all of it">Map</button>
        </span>
      )}
      <span className="group">
        {!asTable && <button type="button" className="tool" onClick={() => { void png(); }} aria-label="Export as PNG">PNG</button>}
        <button type="button" className="tool" onClick={svg} aria-label="Export as SVG">SVG</button>
      </span>
      <button type="button" className="tool" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>Table</button>
    </div>
  );
}
