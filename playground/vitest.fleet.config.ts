import { defineConfig } from 'vitest/config';

/** Tests of a fleet that is running: `bin/fleet npm --prefix playground run fleet`. */
export default defineConfig({
  test: { include: ['tests/**/*.fleet.ts'], testTimeout: 180_000, hookTimeout: 60_000 },
});
