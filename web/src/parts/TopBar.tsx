import { Link, useLocation, useSearch } from 'wouter';
import { SearchButton } from '../search/SearchButton';
import { searchOfPlace, searchWith } from '../state/location';
import { setTheme, type Theme, useTheme } from '../state/preferences';

const themes: readonly (readonly [Theme, string])[] = [['system', 'As the system'], ['light', 'Light'], ['dark', 'Dark']];

/** Three streams that meet. */
function Mark() {
  return (
    <svg className="mark-of-house" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 5c6 0 6 7 12 7M3 12h12M3 19c6 0 6-7 12-7" /><circle cx="18.5" cy="12" r="3.5" />
    </svg>
  );
}

export function TopBar() {
  const theme = useTheme();
  const [path] = useLocation();
  const place = searchOfPlace(useSearch());
  const home = `/${searchWith(place, { tenant: null })}`;
  const views = [['Iterations', '/', home], ['Compare', '/compare', `/compare${place}`], ['Dead letters', '/dead-letters', '/dead-letters'], ['System', '/system', '/system']] as const;
  return (
    <header className="top">
      <a className="skip" href="#main">Skip to the content</a>
      <Link className="house" href={home}><Mark />Mission Control</Link>
      <nav aria-label="Views">{views.map(([name, at, href]) => <Link key={at} href={href} aria-current={path === at ? 'page' : undefined}>{name}</Link>)}</nav>
      <div className="spacer" />
      <SearchButton />
      <label className="theme">
        <span>Theme</span>
        <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
          {themes.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
        </select>
      </label>
    </header>
  );
}
