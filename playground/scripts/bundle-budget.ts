/** Reports what each place of the page loads, compressed, and fails the build where that is more than it may be. */
import { gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/** What a place may load, in kilobytes (of 1,000 bytes) compressed; a place without a limit is reported only. */
export type Limits = Record<string, number>;

type Bundle = Rolldown.OutputBundle;

/** `places`: the module of each place; the page's own entry is loaded with each. */
export function bundleBudget(places: Record<string, string>, limits: Limits): Plugin {
  return {
    name: 'bundle-budget',
    apply: 'build',
    // When the names of style sheets and the final code are known.
    writeBundle(_options, bundle) {
      const entry = chunks(bundle).find(({ isEntry }) => isEntry);
      for (const [place, module] of Object.entries(places)) {
        const chunk = chunks(bundle).find(({ facadeModuleId }) => facadeModuleId?.endsWith(module));
        if (!entry || !chunk) return this.error(`there is no chunk of ${module}: it has to be loaded when it is visited`);
        const files = loadedWith(bundle, [entry, chunk]);
        const size = [...files].reduce((sum, name) => sum + compressed(bundle, name), 0) / 1_000;
        const limit = limits[place];
        this.info(`${place}: ${size.toFixed(1)} kB compressed in ${files.size} files${limit ? `, of ${limit} kB` : ''}`);
        if (limit !== undefined && size > limit) this.error(`${place} loads ${size.toFixed(1)} kB compressed, more than ${limit} kB`);
      }
    },
  };
}

function chunks(bundle: Bundle): Rolldown.OutputChunk[] {
  return Object.values(bundle).filter((output) => output.type === 'chunk');
}

/** The chunks, what they import, and the style sheets of all of them. What is loaded later on demand is not among them. */
function loadedWith(bundle: Bundle, roots: Rolldown.OutputChunk[]): Set<string> {
  const files = new Set<string>();
  const waiting = roots.map(({ fileName }) => fileName);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const output = bundle[name];
    if (files.has(name) || output?.type !== 'chunk') continue;
    files.add(name);
    waiting.push(...output.imports);
    const css = (output as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? [];
    for (const sheet of css) files.add(sheet);
  }
  return files;
}

function compressed(bundle: Bundle, name: string): number {
  const output = bundle[name];
  if (!output) return 0;
  return gzipSync(output.type === 'chunk' ? output.code : output.source, { level: 6 }).length;
}
