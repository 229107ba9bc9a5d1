import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { clientFor } from './data/client';
import { syncPreferences } from './data/preferences';
import { goWhereWasAskedFor } from './parts/SignIn';
import { loadSoon } from './shell/load';
import { applyTheme, watchOtherTabs } from './state/preferences';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/iterations.css';
import './style/iteration.css';
import './style/shell.css';
import './style/graph.css';
import './style/execution.css';
import './style/inspect.css';
import './style/dialog.css';

applyTheme();
watchOtherTabs();
goWhereWasAskedFor();
loadSoon();
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<StrictMode><App /></StrictMode>);
// After the first frame, which shows what this browser knows.
setTimeout(() => syncPreferences(clientFor(null)), 0);
