/** GraphQL over HTTP: the audits of graphql-http, every MUST, SHOULD and MAY. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { startServer } from './server.js';

let server;
before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const audits = serverAudits({ url: () => server.url });

test('the audits are all there', () => {
  assert.ok(audits.length >= 60, `${audits.length} audits`);
  for (const level of ['MUST', 'SHOULD', 'MAY']) assert.ok(audits.some(({ name }) => name.startsWith(level)), level);
});

for (const { id, name, fn } of audits) {
  test(`${id} ${name}`, async () => {
    const result = await fn();
    assert.equal(result.status, 'ok', result.reason);
  });
}
