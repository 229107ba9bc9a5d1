/* A question that must be answered, or let go, before anything else: the browser's own modal dialog. It keeps the focus inside, closes
 * on Escape, and gives the focus back to whatever opened it. It is there as long as it is open; whoever shows it removes it on `close`. In the document
 * it stands by itself, so that it is part of no live region that happens to open it. */
import { type FormEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { createPortal } from 'react-dom';
import { Shape } from './Status';

interface DialogProperties {
  readonly title: string;
  readonly close: () => void;
  readonly submit: () => void | Promise<void>;
  readonly action: string; // what the button that does it says
  readonly tone?: 'primary' | 'danger';
  readonly ready: boolean; // all that is needed is there
  readonly busy: boolean;
  readonly error: string | null;
  readonly children: ReactNode;
}

export function Dialog({ title, close, submit, action, tone = 'primary', ready, busy, error, children }: DialogProperties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const shown = dialog.current, before = document.activeElement;
    if (shown !== null && !shown.open) shown.showModal();
    return () => { if (before instanceof HTMLElement && before.isConnected) before.focus(); };
  }, []);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !busy) void submit();
  };
  return createPortal((
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={close}>
      <form onSubmit={send}>
        <h2 id={titleId}>{title}</h2>
        {children}
        {error !== null && <p role="alert" className="light bad"><Shape tone="bad" />{error}</p>}
        <p className="actions">
          <button type="submit" className={`button ${tone}`} disabled={busy || !ready}>{action}</button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>Cancel</button>
        </p>
      </form>
    </dialog>
  ), document.body);
}
