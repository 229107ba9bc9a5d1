import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { goWhereWasAskedFor } from './parts/SignIn';
import { applyTheme } from './state/preferences';
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/iterations.css';
import './style/iteration.css';

applyTheme();
window.addEventListener('storage', applyTheme);
goWhereWasAskedFor();
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<StrictMode><App /></StrictMode>);
