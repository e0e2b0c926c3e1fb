import { defineConfig } from 'vitest/config';

/** Measurements, made by hand: what they find depends on the machine. */
export default defineConfig({
  test: { include: ['tests/**/*.measure.ts'], testTimeout: 4_500_000, hookTimeout: 120_000 },
});
