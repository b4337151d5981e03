/**
 * Tests that start the built command line, npm, a terminal or another Node: the project `e2e`. All others are unit tests, and
 * `test/architecture/unit-tests.test.ts` fails if one of them starts such a process.
 */
export const E2E: readonly string[] = [
  'test/e2e/**/*.test.ts',
  'test/cli/doctor.test.ts',
  'test/ml/tensorflow/native.test.ts',
];
