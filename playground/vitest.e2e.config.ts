import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.e2e.ts'],
    // Monaco in a software-rendered browser on a busy machine takes its time.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // Each file starts a server of its own; one at a time keeps the timings honest.
    fileParallelism: false,
  },
});
