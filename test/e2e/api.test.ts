/** The same from code: a script of the user's that imports `restage` from its own node_modules. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { makeProject } from '../helpers/project.ts';

const SCRIPT = `import { DefinitionError, open, run } from 'restage';
const told = [];
const request = { pipeline: '.', cacheDirectory: process.argv[2], onEvent: ({ type }) => told.push(type) };
const cold = await run(request);
const warm = await run({ ...request, jobs: 1 });
const changed = await run({ ...request, overrides: [{ path: 'digits', text: '5' }] });
const wrong = await run({ ...request, pipeline: 'nowhere' }).catch((error) => error);
const aborted = await run({ ...request, seed: 5, signal: AbortSignal.abort() });
const record = await open({ cacheDirectory: process.argv[2] });
const total = record.read('mix', 'total');
record.close();
console.log(JSON.stringify({
  ran: [cold, warm, changed, aborted].map(({ counts }) => counts.ran),
  outcomes: [cold, warm, changed, aborted].map(({ outcome }) => outcome),
  value: cold.results[0].value, total, first: told[0], last: told.at(-1), wrong: [wrong.code, wrong.message],
  isDefinition: wrong instanceof DefinitionError,
}));
`;

describe('a script', () => {
  test('runs a pipeline, hears of it, and reads the record', () => {
    const project = makeProject('lab').write('script.mjs', SCRIPT);
    const { stdout, stderr, status } = spawnSync(process.execPath, ['script.mjs', project.cache], {
      cwd: project.root,
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const told = JSON.parse(stdout) as Record<string, unknown>;
    expect(told).toMatchObject({
      ran: [8, 0, 1, 0],
      outcomes: ['ok', 'ok', 'ok', 'interrupted'],
      first: 'run-preparing',
      last: 'run-finished',
      isDefinition: false,
    });
    expect(told['total']).toEqual(told['value']);
    expect(told['wrong']).toEqual(['USAGE', expect.stringMatching(/^There is no pipeline at nowhere/)]);
    expect(project.query('SELECT outcome FROM run_end ORDER BY run')).toEqual(
      ['ok', 'ok', 'ok', 'interrupted'].map((outcome) => ({ outcome })),
    );
  });
});
