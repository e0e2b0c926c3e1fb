import { addressOf } from './route.ts';
import { usePlayground } from './playground.ts';
import type { Place } from './places.ts';
import { SignInBar } from './session/sign-in-bar.tsx';
import { texts } from './texts.ts';
import { THEMES, type Theme } from './theme.ts';

interface HeaderProps {
  places: Place[];
  /** What was open in each place when it was left. */
  left: ReadonlyMap<string, string | null>;
  current: Place | undefined;
  /** What went wrong before anybody did anything. */
  trouble: string | null;
  onTheme: (theme: Theme) => void;
}

export function Header({ places, left, current, trouble, onTheme }: HeaderProps) {
  const { theme } = usePlayground();
  return (
    <header className="top">
      <p className="product">{texts.product}</p>
      <nav aria-label={texts.places.label}>
        {places.map((place) => (
          <a
            key={place.id}
            href={addressOf(place.id, left.get(place.id))}
            aria-current={place === current ? 'page' : undefined}
          >
            {place.title}
          </a>
        ))}
      </nav>
      <select
        className="theme"
        aria-label={texts.theme.label}
        title={texts.theme.label}
        value={theme}
        onChange={(event) => onTheme(event.target.value as Theme)}
      >
        {THEMES.map((option) => (
          <option key={option} value={option}>
            {texts.theme.options[option]}
          </option>
        ))}
      </select>
      <SignInBar trouble={trouble} />
    </header>
  );
}
