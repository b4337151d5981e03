/** The README's examples, as a reader would try them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { open, run } from 'restage';
import { describe, expect, test } from 'vitest';
import { VERBS } from '../../src/cli/verbs.ts';
import { makeProject, type Project } from '../helpers/project.ts';

const HIGGS = fileURLToPath(new URL('../../pipelines/higgs', import.meta.url));
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const EXAMPLE = README.split('```ts\n')
  .map((block) => block.split('```')[0]!)
  .find((block) => block.includes('export default pipeline'))!;

function piProject(): Project {
  return makeProject().write('pi/index.ts', EXAMPLE);
}

describe('the pipeline in the README', () => {
  test('runs as it stands, and throws at one more board when asked for one', async () => {
    const project = piProject();
    const args = (...more: string[]) => ['run', 'pi', '--json', '--cache', project.cache, ...more];
    const first = await project.restage(args());
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(lastLine(first.stdout)).toMatchObject({ counts: { ran: 5 } });
    const [pi] = (lastLine(first.stdout) as { results: readonly { value: number }[] }).results;
    // Four million darts: five standard errors are 0.0041.
    expect(Math.abs(pi!.value - Math.PI)).toBeLessThan(0.0041);
    expect(lastLine((await project.restage(args())).stdout)).toMatchObject({ counts: { hit: 5, ran: 0 } });
    const more = await project.restage(args('-S', 'boards=5'));
    expect(lastLine(more.stdout)).toMatchObject({ counts: { hit: 4, ran: 2 } });
  });

  test('runs from code too, and its record can be read from there', async () => {
    const project = piProject();
    const request = { pipeline: project.path('pi'), cacheDirectory: project.cache };
    const events: string[] = [];
    const report = await run({
      ...request,
      overrides: [{ path: 'darts', text: '1000' }],
      onEvent: (event) => events.push(event.type),
    });
    expect(report).toMatchObject({ outcome: 'ok', counts: { ran: 5 } });
    expect(events[0]).toBe('run-started');
    expect(events.at(-1)).toBe('run-finished');
    const record = await open({ cacheDirectory: project.cache });
    expect(record.read('estimate', 'pi')).toBe(report.results[0]!.value);
    expect(record.node('estimate')).toMatchObject({ run: 1, metrics: [{ name: 'pi' }], attempt: { number: 1 } });
    expect(record.node('estimate')!.fields.map(({ name }) => name)).toContain('in.hits.3');
    expect(record.node('nothing')).toBeUndefined();
    expect(() => record.read('estimate', 'nothing')).toThrow('Node estimate has no output nothing.');
    expect(record.runs()).toMatchObject([{ id: 1, pipeline: 'pi', outcome: 'ok', counts: { ran: 5 } }]);
    record.close();
  });
});

test('the README names every verb, and every option of run', () => {
  for (const { name } of VERBS) expect(README).toMatch(new RegExp(`\\| \`${name}[ \`]`));
  const options = VERBS.find(({ name }) => name === 'run')!.options.map(({ long }) => long);
  const explained = ['set', 'jobs', 'verbose', 'json', 'debug'];
  for (const long of options.filter((option) => !explained.includes(option))) expect(README).toContain(`--${long}`);
});

function lastLine(text: string): unknown {
  return JSON.parse(text.trimEnd().split('\n').at(-1)!);
}

test("the help's examples of running and planning name parameters and nodes that there are", async () => {
  const project = makeProject();
  const examples = VERBS.filter(({ name }) => name === 'run' || name === 'plan').flatMap((verb) => verb.examples);
  expect(examples.length).toBeGreaterThan(2);
  for (const example of examples) {
    const words = example
      .replace(/^restage (run|plan) pipelines\/higgs/, `plan ${HIGGS}`)
      .replace(/ -j \d+/, '')
      .split(' ');
    expect(await project.restage([...words, '--cache', project.cache])).toMatchObject({ code: 0, stderr: '' });
  }
});
