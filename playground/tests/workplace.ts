/** What a person does on the page, in the words of the page. */
import type { Locator, Page, Response } from 'playwright-core';
import { expect } from 'vitest';
import { parse } from 'graphql';
import { examples } from '../src/explore/examples/index.ts';
import type { Example } from '../src/explore/examples/example.ts';
import { texts } from '../src/texts.ts';
import { complaintsIn } from './api.ts';

const EDITORS_READY_MS = 60_000;

export async function editorsReady(page: Page): Promise<void> {
  await page.locator('.graphiql-query-editor .monaco-editor .view-line').first().waitFor({ timeout: EDITORS_READY_MS });
}

export async function signInAs(page: Page, label: string): Promise<void> {
  await page.getByLabel(texts.session.demoAccount).selectOption(label);
  await page.locator('.switcher').getByRole('button').click();
  await signedInAs(page, label);
}

export async function signedInAs(page: Page, label: string): Promise<void> {
  await page.locator('.who strong', { hasText: new RegExp(`^${label}$`) }).waitFor();
}

/** Opens an example and leaves it at that. */
export async function showExample(page: Page, id: string): Promise<[Example, Locator]> {
  const example = examples.find((candidate) => candidate.id === id);
  if (!example) throw new Error(`there is no example ${id}`);
  await page.evaluate((address) => {
    window.location.hash = address;
  }, `#/explore/${id}`);
  const bar = page.getByRole('region', { name: example.title, exact: true });
  await bar.waitFor();
  return [example, bar];
}

/** Opens an example, signs in for it if the page offers to, and gets its ids and its code if it needs them. */
export async function openExample(page: Page, id: string): Promise<Example> {
  const [example, bar] = await showExample(page, id);

  const offer = bar.getByRole('button', { name: /^Sign in as / });
  if (await offer.isVisible()) {
    const label = (await offer.textContent())?.replace(texts.explore.signInAs(''), '') ?? '';
    await offer.click();
    await signedInAs(page, label);
  }
  if (example.looksUp) {
    await bar.getByRole('button', { name: texts.explore.lookUp }).click();
    await bar.getByText(texts.explore.lookedUp).waitFor();
  }
  if (example.code) {
    await answerTo(page, () => bar.getByRole('button', { name: texts.explore.sendCode }).click());
    await bar.getByRole('button', { name: texts.explore.fillInCode }).click();
    await bar.getByText(texts.explore.codeFilledIn).waitFor();
  }
  return example;
}

export async function runExample(page: Page, id: string): Promise<void> {
  const example = await openExample(page, id);
  if (isSubscription(example)) {
    await startSubscription(page);
    await stopSubscription(page);
  } else {
    await answerTo(page, () => run(page));
  }
}

export async function run(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Execute query/ }).click();
}

export async function startSubscription(page: Page): Promise<void> {
  await run(page);
  await page.getByRole('button', { name: /^Stop query/ }).waitFor();
  // A refusal comes at once, if it comes.
  await page.waitForTimeout(700);
  expect(await responseText(page), 'the subscription was refused').not.toContain('errors');
}

export async function stopSubscription(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Stop query/ }).click();
}

/** Monaco keeps in the page only the lines that can be seen, and writes spaces that do not break. */
export async function responseText(page: Page): Promise<string> {
  const lines = await page.locator('.graphiql-response .view-line').allTextContents();
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

async function answerTo(page: Page, act: () => Promise<void>): Promise<void> {
  const [response] = await Promise.all([page.waitForResponse(isOperation), act()]);
  const answer = await response.json();
  const sent = response.request().postDataJSON();
  expect(complaintsIn(answer), `${sent.operationName} ${JSON.stringify(sent.variables)}`).toEqual([]);
  expect(answer.data).toBeTruthy();
}

/** The page asks for the schema and renews sessions on its own; neither is an answer to what was run. */
function isOperation(response: Response): boolean {
  const request = response.request();
  if (request.method() !== 'POST' || new URL(response.url()).pathname !== '/graphql') return false;
  const { query = '', operationName } = request.postDataJSON() as { query?: string; operationName?: string };
  return operationName !== 'IntrospectionQuery' && !/^\s*mutation (SignIn|SignOut|RefreshSession)\b/.test(query);
}

function isSubscription(example: Example): boolean {
  return parse(example.document).definitions.some(
    (definition) => definition.kind === 'OperationDefinition' && definition.operation === 'subscription',
  );
}
