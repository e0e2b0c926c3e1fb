/** The frame: header, places, and who is signed in. */
import { Suspense, useEffect, useMemo, useState } from 'react';
import { endpoints } from './api/endpoints.ts';
import { Broken } from './broken.tsx';
import { Header } from './header.tsx';
import { PlaygroundContext, type Connection, type Playground } from './playground.ts';
import { places, type Place } from './places.ts';
import { useRoute } from './route.ts';
import { loadConfig, NO_DEMO, type PlaygroundConfig } from './session/config.ts';
import { texts } from './texts.ts';
import { applyTheme, rememberedTheme, type Theme } from './theme.ts';

export function App({ connection }: { connection: Connection }) {
  const [config, setConfig] = useState<PlaygroundConfig | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [theme, setTheme] = useState<Theme>(rememberedTheme);

  useEffect(() => {
    loadConfig(endpoints.config).then(setConfig, (error: Error) => {
      // Without a demonstration the page still serves: one signs in with a password.
      setConfig(NO_DEMO);
      setTrouble(texts.session.configFailed(error.message));
    });
  }, []);

  useEffect(() => applyTheme(theme), [theme]);

  const playground = useMemo<Playground | null>(
    () => (config ? { ...connection, config, theme } : null),
    [connection, config, theme],
  );
  if (!playground) return <p className="loading">{texts.loading}</p>;

  return (
    <PlaygroundContext value={playground}>
      <Frame offered={places.filter((place) => place.offered(playground.config))} trouble={trouble} onTheme={setTheme} />
    </PlaygroundContext>
  );
}

interface FrameProps {
  offered: Place[];
  trouble: string | null;
  onTheme: (theme: Theme) => void;
}

function Frame({ offered, trouble, onTheme }: FrameProps) {
  const route = useRoute();
  const current = offered.find(({ id }) => id === route.place) ?? offered[0];
  const left = useLeft(current, route.detail);

  useEffect(() => {
    if (current) document.title = `${current.title} – ${texts.product}`;
  }, [current]);

  return (
    <>
      <a className="skip" href="#content" onClick={skipToContent}>
        {texts.skipToContent}
      </a>
      <Header places={offered} left={left} current={current} trouble={trouble} onTheme={onTheme} />
      <main id="content" tabIndex={-1}>
        {offered
          .filter(({ id }) => left.has(id))
          .map((place) => (
            <div key={place.id} className="place" hidden={place !== current}>
              <Broken>
                <Suspense fallback={<p className="loading">{texts.loading}</p>}>
                  <place.content visible={place === current} detail={left.get(place.id) ?? null} />
                </Suspense>
              </Broken>
            </div>
          ))}
      </main>
    </>
  );
}

/** The places visited so far, each with what was open in it when it was left: that is where one comes back to. */
function useLeft(current: Place | undefined, detail: string | null): ReadonlyMap<string, string | null> {
  const [left, setLeft] = useState<ReadonlyMap<string, string | null>>(new Map());
  if (!current || (left.has(current.id) && left.get(current.id) === detail)) return left;
  const next = new Map(left).set(current.id, detail);
  setLeft(next);
  return next;
}

/** The address belongs to the places; the link only moves the focus. */
function skipToContent(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
