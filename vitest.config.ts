import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'plugins/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Some oracles measure what a noisy machine takes away as well: an outage must be seen twice to count.
    retry: process.env.CI ? 2 : 0,
    // Real processes on two cores: two files at a time.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
