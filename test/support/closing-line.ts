import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one line for machines: `tests: N passed, N failed`. Where `CI` is set a skipped test fails the run: what a test
 * needs, CI installs.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    }
    const skipped = count.skipped + count.pending;
    const tail = skipped === 0 ? '' : `, ${skipped} skipped`;
    process.stdout.write(`\ntests: ${count.passed} passed, ${count.failed} failed${tail}\n`);
    if (skipped > 0 && process.env.CI) process.exitCode = 1;
  }
}
