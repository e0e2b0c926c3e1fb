/** GraphiQL, and beside it a library of operations that run as they stand. */
import 'graphiql/setup-workers/vite';
// Piece by piece: graphiql/style.css would bring Monaco's styles a second time, and 400 kB of fonts as data: URLs.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './explore.css';
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider } from '@graphiql/react';
import { GraphiQLInterface } from 'graphiql';
import { useMemo, useRef, useState } from 'react';
import { usePlayground } from '../playground.ts';
import type { PlaceProps } from '../places.ts';
import { texts } from '../texts.ts';
import { examples } from './examples/index.ts';
import { ExampleBar, type Memory } from './example-bar.tsx';
import { graphiqlFetcher } from './fetcher.ts';
import { Library } from './library.tsx';
import { discreetStorage } from './storage.ts';
import { useEditors } from './use-editors.ts';

const PLUGINS = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];

export default function Explore({ detail }: PlaceProps) {
  const { post, subscriptions, session } = usePlayground();
  const fetcher = useMemo(() => graphiqlFetcher(post, subscriptions, session), [post, subscriptions, session]);
  const storage = useMemo(() => discreetStorage(localStorage), []);
  return (
    <GraphiQLProvider
      fetcher={fetcher}
      storage={storage}
      plugins={PLUGINS}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      defaultQuery={texts.explore.firstTab}
      shouldPersistHeaders={false}
      inputValueDeprecation
      schemaDescription
    >
      <HistoryStore>
        <DocExplorerStore>
          <Workplace exampleId={detail} />
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}

function Workplace({ exampleId }: { exampleId: string | null }) {
  const { theme } = usePlayground();
  const editors = useEditors();
  const example = examples.find(({ id }) => id === exampleId);
  // Choosing the open example once more brings it back as it was written.
  const [round, setRound] = useState(0);
  const memory = useRef<Memory>({ found: {} });
  return (
    <div className="explore">
      <Library current={example} onAgain={() => setRound(round + 1)} />
      <div className="workbench">
        <ExampleBar key={`${example?.id}:${round}`} example={example} editors={editors} memory={memory.current} />
        <GraphiQLInterface
          forcedTheme={theme}
          showPersistHeadersSettings={false}
          defaultEditorToolsVisibility="variables"
        />
      </div>
    </div>
  );
}
