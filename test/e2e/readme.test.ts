/** The pipeline in the README, from the command line and from code; and what the pages say of verbs and options. */
import { fileURLToPath } from 'node:url';
import { open, run } from 'restage';
import { describe, expect, test } from 'vitest';
import { blocksOf, readPage } from '../docs/markdown.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { VERB_LIST } from '../helpers/verbs.ts';

const HIGGS = fileURLToPath(new URL('../../pipelines/higgs', import.meta.url));
const EXAMPLE = blocksOf('README.md').find(({ text }) => text.includes('export default pipeline'))!;
const COMMANDS = readPage('docs/command-line.md');

function piProject(): Project {
  return makeProject().write(EXAMPLE.file!, EXAMPLE.text);
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
    expect(events.find((type) => type !== 'run-preparing')).toBe('run-started');
    expect(events.at(-1)).toBe('run-finished');
    const record = await open({ cacheDirectory: project.cache });
    expect(record.read('estimate', 'pi')).toBe(report.results[0]!.value);
    expect(record.node('estimate')).toMatchObject({ run: 1, metrics: [{ name: 'pi' }], attempt: { number: 1 } });
    expect(record.node('estimate')!.fields.map(({ name }) => name)).toContain('in.shares.3');
    expect(record.node('nothing')).toBeUndefined();
    expect(() => record.read('estimate', 'nothing')).toThrow('estimate has no output nothing');
    expect(record.runs()).toMatchObject([{ id: 1, pipeline: 'pi', outcome: 'ok', counts: { ran: 5 } }]);
    record.close();
  });
});

test('docs/command-line.md has every verb, and every option of run', () => {
  for (const { name } of VERB_LIST) expect(COMMANDS).toMatch(new RegExp(`\\| \`${name}[ \`]`));
  const options = VERB_LIST.find(({ name }) => name === 'run')!.options.map(({ long }) => long);
  for (const long of options) expect(COMMANDS).toContain(`\`--${long}`);
});

function lastLine(text: string): unknown {
  return JSON.parse(text.trimEnd().split('\n').at(-1)!);
}

test("the help's examples of running and planning name parameters and nodes that there are", async () => {
  const project = makeProject();
  const examples = VERB_LIST.filter(({ name }) => name === 'run' || name === 'plan').flatMap((verb) => verb.examples);
  expect(examples.length).toBeGreaterThan(2);
  for (const example of examples) {
    const words = example
      .replace(/^restage (run|plan) pipelines\/higgs/, `plan ${HIGGS}`)
      .replace(/ -j \d+/, '')
      .split(' ');
    expect(await project.restage([...words, '--cache', project.cache])).toMatchObject({ code: 0, stderr: '' });
  }
});
