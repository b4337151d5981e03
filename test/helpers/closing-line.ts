/**
 * A vitest reporter: ends the run with one plain line that counts passed, failed and skipped tests, and says why each
 * was skipped.
 */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const skips: string[] = [];
    for (const module of modules) {
      const before = counts.failed;
      for (const test of module.children.allTests()) {
        const result = test.result();
        counts[result.state] += 1;
        if (result.state === 'skipped') skips.push(`skipped: ${test.fullName} (${reason(test)})`);
      }
      // A file that fails to load has no tests and still is a failure.
      if (module.state() === 'failed' && counts.failed === before) counts.failed += 1;
    }
    for (const skip of skips) console.log(skip);
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped`);
  }
}

function reason(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
}
