/**
 * Writes the types of the API, from `../schema.graphql`, to where TypeScript checks the page's operations against them.
 *
 * gql.tada's own command asks for a compiler with a JavaScript API, which TypeScript 7 is not; this is what it does, on
 * the functions that it is made of.
 */
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..');
const schema = buildSchema(await readFile(join(folder, '../schema.graphql'), 'utf8'));
const types = outputIntrospectionFile(minifyIntrospection(introspectionFromSchema(schema)), {
  fileType: '.d.ts',
  shouldPreprocess: true,
});
await writeFile(join(folder, 'src/api/schema.generated.d.ts'), types);
