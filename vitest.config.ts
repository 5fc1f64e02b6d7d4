import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'plugins/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Real processes on two cores: two files at a time.
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
