/** GraphiQL's editors, as the library uses them: put an operation in, run it, have the schema at hand. */
import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { getOperationAST, Kind, parse, type OperationDefinitionNode } from 'graphql';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { usePlayground, useSessionState } from '../playground.ts';
import { isUntouched } from './examples/index.ts';

export interface Editors {
  /** False while Monaco is being loaded. */
  ready: boolean;
  open: (document: string, variables: Record<string, unknown> | null) => void;
  run: () => void;
}

export function useEditors(): Editors {
  const actions = useGraphiQLActions();
  const state = useGraphiQL(pick('queryEditor', 'variableEditor', 'responseEditor', 'tabs', 'activeTabIndex'));
  const { queryEditor, variableEditor, responseEditor } = state;
  const ready = Boolean(queryEditor && variableEditor && responseEditor);
  useSchemaOnSignIn();

  // The tabs change with every keystroke; what opens a document should not.
  const latest = useRef(state);
  latest.current = state;

  const open = useCallback<Editors['open']>(
    (document, variables) => {
      const { tabs, activeTabIndex } = latest.current;
      const documentAST = parse(document);
      const operationName = getOperationAST(documentAST)?.name?.value ?? '';
      actions.stop();

      // The same operation goes into the tab it already has. A tab with nothing of the reader's own in it is taken
      // rather than left behind: browsing through the library should not leave a trail of tabs.
      const own = tabs.findIndex(({ title }) => title === operationName);
      if (own >= 0 && own !== activeTabIndex) actions.changeTab(own);
      else if (own < 0 && !isReplaceable(tabs[activeTabIndex]?.query)) actions.addTab();

      const text = variables ? JSON.stringify(variables, null, 2) : '';
      queryEditor?.setValue(document);
      variableEditor?.setValue(text);
      responseEditor?.setValue('');
      actions.updateActiveTabValues({ query: document, variables: text, operationName, response: null });
      // GraphiQL finds these out by itself a moment later; whoever runs the operation at once should not run the last one.
      const operations = documentAST.definitions.filter(
        (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
      );
      actions.setOperationFacts({ documentAST, operationName, operations });
    },
    [actions, queryEditor, variableEditor, responseEditor],
  );

  const run = useCallback(() => void actions.run(), [actions]);
  return useMemo(() => ({ ready, open, run }), [ready, open, run]);
}

/** A server may show its schema only to those who are signed in: ask again when somebody has. */
function useSchemaOnSignIn(): void {
  const { session } = usePlayground();
  const { status } = useSessionState(session);
  const { introspect } = useGraphiQLActions();
  const { schema, isIntrospecting } = useGraphiQL(pick('schema', 'isIntrospecting'));
  const missing = useRef(false);
  missing.current = !schema && !isIntrospecting;
  useEffect(() => {
    if (status === 'signed-in' && missing.current) void introspect();
  }, [status, introspect]);
}

function isReplaceable(text: string | null | undefined): boolean {
  if (!text || isUntouched(text)) return true;
  return text.split('\n').every((line) => !line.trim() || line.trim().startsWith('#'));
}
