/* What moves time: play, steps, speed, zoom, and where it stands. */
import type { VerdictKind } from '../../generated/graphql';
import { Shape } from '../parts/Status';
import { momentText } from '../parts/time';
import { verdictNames, verdictTone } from '../parts/words';
import { type Speed, speeds } from './usePlay';

interface ControlsProperties {
  readonly shown: number | null;
  readonly verdict: VerdictKind | null;
  readonly playing: boolean;
  readonly speed: Speed;
  readonly zoomedIn: boolean;
  readonly working: boolean;
  readonly setSpeed: (speed: Speed) => void;
  readonly toggle: () => void;
  readonly press: (key: string) => boolean;
  readonly zoom: (factor: number) => void;
  readonly whole: () => void;
  readonly pan: (by: number) => void;
  readonly now: () => void;
}

const icons = {
  earlierTurn: 'M6 5v14M18 5l-8 7 8 7z', stepBack: 'M16 5l-9 7 9 7z', play: 'M7 4.5v15l12-7.5z', pause: 'M8 5v14M16 5v14', step: 'M8 5l9 7-9 7z', laterTurn: 'M18 5v14M6 5l8 7-8 7z',
  closer: 'M12 6v12M6 12h12', wider: 'M6 12h12', earlier: 'M14 6l-6 6 6 6', later: 'M10 6l6 6-6 6',
} as const;

function Tool({ icon, name, title, onClick, pressed }: { readonly icon: keyof typeof icons; readonly name: string; readonly title?: string; readonly onClick: () => void; readonly pressed?: boolean }) {
  return (
    <button type="button" className={`tool icon ${icon}`} aria-label={name} title={title ?? name} aria-pressed={pressed} onClick={onClick}>
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d={icons[icon]} /></svg>
    </button>
  );
}

export function Controls({ shown, verdict, playing, speed, zoomedIn, working, setSpeed, toggle, press, zoom, whole, pan, now }: ControlsProperties) {
  return (
    <>
      <div className="group" role="group" aria-label="Move through time">
        <Tool icon="earlierTurn" name="Previous change of the verdict" title="Previous change of the verdict (Page Up)" onClick={() => press('PageUp')} />
        <Tool icon="stepBack" name="Step back" title="One event back (←)" onClick={() => press('ArrowLeft')} />
        <Tool icon={playing ? 'pause' : 'play'} name={playing ? 'Pause' : 'Play'} title={playing ? 'Pause (space)' : 'Play (space)'} onClick={toggle} />
        <Tool icon="step" name="Step forward" title="One event on (→)" onClick={() => press('ArrowRight')} />
        <Tool icon="laterTurn" name="Next change of the verdict" title="Next change of the verdict (Page Down)" onClick={() => press('PageDown')} />
      </div>
      <label className="speed"><span className="hidden">Speed</span>
        <select value={speed} title="At 1× what is in sight plays in a minute" onChange={(event) => setSpeed(Number(event.target.value) as Speed)}>{speeds.map((one) => <option key={one} value={one}>{one}×</option>)}</select>
      </label>
      <p className="where">
        <strong>{shown === null ? 'Now' : momentText(new Date(shown).toISOString())}</strong>
        <span className={verdictTone(verdict)}>{verdict !== null ? <><Shape tone={verdictTone(verdict)} />{verdictNames[verdict]}</> : working ? 'Working out the verdict…' : 'Nothing yet'}</span>
      </p>
      <button type="button" className="tool" disabled={shown === null} onClick={now}>Jump to now</button>
      <div className="group" role="group" aria-label="Zoom">
        <Tool icon="wider" name="Show a longer time" title="Show a longer time (−)" onClick={() => zoom(2)} />
        <Tool icon="closer" name="Show a shorter time" title="Show a shorter time (+, or Ctrl and the wheel)" onClick={() => zoom(0.5)} />
        {zoomedIn && <><Tool icon="earlier" name="Show what was before" onClick={() => pan(-0.6)} /><Tool icon="later" name="Show what came after" onClick={() => pan(0.6)} />
          <button type="button" className="tool" onClick={whole}>Whole</button></>}
      </div>
    </>
  );
}
