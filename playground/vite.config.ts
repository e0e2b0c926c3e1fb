import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { bundleBudget } from './scripts/bundle-budget.ts';

/** The server that `npm run dev` talks to; any running `partner-center serve --demo` will do. */
const server = process.env['PARTNER_CENTER_URL'] ?? 'http://127.0.0.1:8080';

/** The server checks the Origin of a WebSocket, so the development server speaks in its name. */
const proxied = { target: server, changeOrigin: true, headers: { origin: new URL(server).origin } };

export default defineConfig({
  // Relative, so that the page also works behind a reverse proxy that adds a path.
  base: './',
  plugins: [
    react(),
    bundleBudget(
      { explore: '/src/explore/place.tsx', live: '/src/live/place.tsx', outbox: '/src/outbox/place.tsx' },
      // Whoever keeps Live open all day does not load GraphiQL for it.
      { live: 300, outbox: 200 },
    ),
  ],
  worker: { format: 'es' },
  // Its imports of workers are Vite's own notation, which the development server's bundling of dependencies does not read.
  optimizeDeps: {
    exclude: ['graphiql/setup-workers/vite', '@graphiql/react/setup-workers/vite'],
    // What the workers use of CommonJS has to be named then.
    include: [
      '@graphiql/react > graphql-language-service > nullthrows',
      '@graphiql/react > monaco-graphql > picomatch-browser',
    ],
  },
  build: {
    target: 'es2022',
    // A strict Content-Security-Policy has no room for data: URLs that the build would make of small files.
    assetsInlineLimit: 0,
    // Monaco is one chunk of nearly 3 MB; it is loaded with Explore and nowhere else.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      onwarn(warning, warn) {
        // GraphiQL's sources carry React compiler directives that mean nothing to the bundler.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/graphql': { ...proxied, ws: true },
      '/playground': proxied,
      '/demo': proxied,
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    // Otherwise Node loads graphql a second time for graphql-ws, and each copy refuses the other's schema.
    server: { deps: { inline: ['graphql-ws'] } },
  },
});
