/* Signing in: the printed link does it by itself; a token is handed to the same door. Afterwards one is where one wanted to be. */
import { type FormEvent, useState } from 'react';
import { Notice } from './Notice';

const KEY = 'trimodal.wanted';

export function goWhereWasAskedFor(): void {
  try {
    const wanted = window.sessionStorage.getItem(KEY);
    window.sessionStorage.removeItem(KEY);
    if (wanted !== null && /^\/(iterations\/|dead-letters|system|compare)/.test(wanted) && window.location.pathname === '/') window.history.replaceState(null, '', wanted);
  } catch { /* storage may be forbidden: then it is the list */ }
}

/** The credential in what was pasted: a token, or the whole link. */
function tokenIn(text: string): string {
  const found = /[?&]token=([^&#\s]+)/.exec(text);
  return found?.[1] === undefined ? text.trim() : decodeURIComponent(found[1]);
}

export function SignIn() {
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    try {
      window.sessionStorage.setItem(KEY, window.location.pathname + window.location.search);
    } catch { /* as above */ }
    window.location.assign(`/?token=${encodeURIComponent(tokenIn(text))}`);
  };
  return (
    <Notice tone="wait" title="Sign in">
      <p>On the machine the server runs on, <code>trimodal token link</code> prints a link. Open it in this browser, or paste it here; a token will do as well.</p>
      <form className="sign-in" onSubmit={submit}>
        <label htmlFor="credential">Link or token</label>
        <input id="credential" type="password" autoComplete="off" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
        <button type="submit" className="button primary">Sign in</button>
      </form>
    </Notice>
  );
}
