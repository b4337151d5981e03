/** The console in real terminals: the built command line in tmux. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeProject, type Project } from '../helpers/project.ts';
import { noTmux, Pane, type TerminalSize } from '../helpers/tmux.ts';
import { restored } from './terminal-lab.ts';

const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass } from './lab.ts';

export const read = stage({
  name: 'lab/read',
  params: z.strictObject({}),
  inputs: {},
  outputs: { rows: json<number>() },
  run: () => ({ rows: 7 }),
});

export const fit = stage({
  name: 'lab/fit',
  params: z.strictObject({ rate: z.number() }),
  inputs: { rows: json<number>() },
  outputs: { slope: json<number>() },
  run({ params: { rate }, metric, log }) {
    for (let step = 0; step < 3; step++) metric('loss', rate / (1 + step), step);
    log('\\u001b[2J\\u001b]0;owned\\u0007日本語 and more');
    return { slope: 7 * rate };
  },
});

export const wait = stage({
  name: 'lab/wait',
  params: z.strictObject({}),
  inputs: {},
  outputs: { x: json<number>() },
  async run({ signal }) {
    await pass('wait', signal);
    return { x: 1 };
  },
});

export default pipeline({
  name: 'browsed',
  params: z.strictObject({ rate: z.number().default(2), wait: z.boolean().default(false) }),
  build(p, { rate, wait: isWaiting }) {
    const fitted = p.add(fit, {
      executor: 'in-process',
      params: { rate },
      inputs: { rows: p.add(read, { params: {}, executor: 'in-process' }).out.rows },
    });
    if (isWaiting) p.add(wait, { params: {}, executor: 'in-process' });
    return { slope: fitted.out.slope };
  },
});
`;

let project: Project;

async function start(size: TerminalSize, words = ''): Promise<Pane> {
  const pane = await Pane.open(size, project.root, {});
  await pane.type(`node node_modules/restage/dist/cli/bin.js console ${words} --cache ${project.cache}`);
  await pane.press('Enter');
  return pane;
}

describe('the console', () => {
  beforeAll(async () => {
    project = makeProject('lab').write('index.ts', PIPELINE);
    await project.run();
    await project.run(['-S', 'rate=3']);
  });
  beforeEach((context) => context.skip(noTmux !== undefined, noTmux));

  for (const size of [
    { columns: 80, rows: 24 },
    { columns: 200, rows: 50 },
  ])
    test(`leads from the runs to a value and back in a terminal of ${size.columns}x${size.rows}`, async () => {
      const pane = await start(size);
      await pane.untilShown(/^> +2 .*browsed/);
      expect((await pane.lines())[0]).toMatch(/^restage log --limit 100 --cache .* 3 lines$/);
      expect(await pane.isSecondScreen()).toBe(true);
      await pane.press('Enter');
      await pane.untilShown('show run:2 --nodes');
      await pane.press('Tab');
      await pane.untilShown(/^> +(fit|read) /);
      await pane.type('/fit');
      await pane.press('Enter');
      await pane.untilShown(/^> +fit /);
      await pane.press('Enter');
      await pane.untilShown(/^ +rows +\w{8} .*read\.rows of state/);
      await pane.type('m');
      await pane.untilShown(/^fit\.loss +2 /);
      await pane.type('v');
      const values = await pane.untilShown('2,fit,loss,2,1');
      expect(values[0]).toContain('restage metrics --run run:2 --node fit --csv');
      await pane.press('Escape');
      await pane.untilShown(/^fit\.loss +2 /);
      await pane.press('BSpace');
      await pane.untilShown('show run:2/fit');
      await pane.type('l');
      const log = await pane.untilShown('日本語 and more');
      expect(log[0]).toContain('restage log run:2/fit');
      expect(log.every((line) => line.length < size.columns)).toBe(true);
      await pane.press('C-c');
      expect(await restored(pane)).toContain('exit 0');
      expect(await pane.isSecondScreen()).toBe(false);
    });

  test('compares two runs that were marked, and follows the terminal to another size', async () => {
    const pane = await start({ columns: 40, rows: 10 });
    await pane.untilShown(/^> +2 /);
    await pane.type(' j d');
    const lines = await pane.untilShown(/rate +2 -> 3/);
    expect(lines[0]).toMatch(/^restage diff run:1 run:2/);
    await pane.resize({ columns: 120, rows: 30 });
    await pane.until((shown) => shown[1]?.length === 119 && shown.some((line) => line.includes('rate')));
    await pane.type('q');
    expect(await restored(pane)).toContain('exit 0');
  });

  test('shows a run that is in progress as it ends', async () => {
    const run = await project.startRun(['-S', 'wait=true']);
    // It is on record by then, and so on the first page.
    await run.event(({ type }) => type === 'node-started');
    const pane = await start({ columns: 120, rows: 24 });
    await pane.untilShown(/^> +3 .*browsed +(?!ok)\S/);
    project.open('wait');
    await run.ended;
    await pane.untilShown(/^> +3 .*browsed +ok/);
    await pane.type('q');
    await restored(pane);
  });

  test('is refused without a terminal, in one sentence', async () => {
    const { code, stdout, stderr } = await project.restage(['console', '--cache', project.cache]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'restage: restage console needs a terminal, and the output is not a terminal; write restage log, show or how for the same as text.\n',
    );
  });
});
