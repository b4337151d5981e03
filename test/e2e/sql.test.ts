/** `restage sql` as a process: queries that never end, many rows, and standard input. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { CLI, makeProject } from '../helpers/project.ts';

const project = makeProject('lab');
const ENDLESS = 'WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)';

test(
  'Ctrl-C ends a query that never gives a row, and one that gives rows without end',
  { timeout: 60_000 },
  async () => {
    expect((await project.run()).code).toBe(0);
    const words = (query: string) => [CLI, 'sql', query, '--csv', '--cache', project.cache];
    const counting = spawn(process.execPath, words(`${ENDLESS} SELECT count(*) AS never FROM n`), {
      cwd: project.root,
    });
    // Only once it computes: the system's clock for the process has to move.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(counting.exitCode).toBeNull();
    counting.kill('SIGINT');
    expect(await once(counting, 'exit')).toEqual([null, 'SIGINT']);

    const telling = spawn(process.execPath, words(`${ENDLESS} SELECT i FROM n`), { cwd: project.root });
    await once(telling.stdout, 'data');
    telling.kill('SIGINT');
    telling.stdout.resume();
    expect(await once(telling, 'exit')).toEqual([null, 'SIGINT']);
    expect((await project.restage(['fsck', '--cache', project.cache])).code).toBe(0);
  },
);

test('a million rows take little memory, and a reader that goes ends the query', { timeout: 60_000 }, () => {
  const script = `
    "$@" "${ENDLESS} SELECT i, 'a text of some length' AS text FROM n LIMIT 1000000" --csv | wc -l
    "$@" "${ENDLESS} SELECT i FROM n" --csv | head -2 | tail -1; echo "\${PIPESTATUS[0]}"
    echo "SELECT 6 * 7 AS answer" | "$@" - --csv`;
  // Half of what a million of such rows would take as texts.
  const words = [process.execPath, '--max-old-space-size=64', CLI, 'sql', '--cache', project.cache];
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], {
    cwd: project.root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual(['1000001', '1', '0', 'answer', '42', '']);
});
