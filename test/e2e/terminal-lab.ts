/** A run of three fits in a terminal, and how its view looks while they wait for their gates. */
import { expect } from 'vitest';
import { makeProject, type Project } from '../helpers/project.ts';
import { Pane, type TerminalSize } from '../helpers/tmux.ts';

/** Three fits: each learns a little and then waits for its gate. */
const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass, tally } from './lab.ts';

export const fit = stage({
  name: 'lab/fit',
  params: z.strictObject({ k: z.int(), rate: z.number() }),
  inputs: {},
  outputs: { x: json<number>() },
  async run({ params: { k, rate }, metric, progress, log, signal }) {
    tally(\`fit \${k}\`);
    for (let epoch = 0; epoch < 20; epoch++) {
      metric('validation loss', 1 / (1 + epoch), epoch);
      metric('learning rate', rate, epoch);
      progress(epoch + 1, 40);
    }
    log(\`fit \${k} waits for its gate\`);
    await pass(\`fit-\${k}\`, signal);
    return { x: k };
  },
});

export const noisy = stage({
  name: 'lab/noisy',
  params: z.strictObject({}),
  inputs: {},
  outputs: { x: json<number>() },
  async run({ signal }) {
    await pass('noisy', signal);
    process.stdout.write('stray words of a stage\\n');
    await pass('quiet', signal);
    return { x: 0 };
  },
});

export default pipeline({
  name: 'terminal',
  params: z.strictObject({ fits: z.int().default(3), noisy: z.boolean().default(false), crash: z.boolean().default(false) }),
  build(p, { fits, noisy: isNoisy, crash }) {
    void pass('spoken', new AbortController().signal).then(() => {
      console.log('words of the pipeline');
      process.emitWarning('warning of Node');
    });
    // Outside of any stage, which would fail alone.
    if (crash) void pass('noisy', new AbortController().signal).then(() => setTimeout(() => { throw new Error('boom'); }, 200));
    for (let k = 0; k < fits; k++) p.add(fit, { key: { k }, params: { k, rate: 0.003 } });
    if (isNoisy) p.add(noisy, { params: {}, executor: 'in-process' });
    return {};
  },
});
`;

export const SIZES: readonly TerminalSize[] = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
  { columns: 60, rows: 15 },
];

export async function start(
  size: TerminalSize,
  options = '',
  env: Readonly<Record<string, string>> = {},
  before = '',
): Promise<{ readonly project: Project; readonly pane: Pane }> {
  const project = makeProject('lab').write('index.ts', PIPELINE);
  const pane = await Pane.open(size, project.root, {
    LAB_TALLY: project.beside('tally'),
    LAB_GATES: project.beside('gates'),
    ...env,
  });
  await pane.type(`${before}node node_modules/restage/dist/cli/bin.js run . -j 2 --cache ${project.cache} ${options}`);
  await pane.press('Enter');
  return { project, pane };
}

export const FITS = /fit@k=0 .*20\/40/;

/** Waits for a complete frame that shows both running fits and their progress. */
export async function shown(pane: Pane): Promise<readonly string[]> {
  return pane.until(
    (lines) =>
      /fit@k=0 .*20\/40/.test(lines.join('\n')) &&
      /fit@k=1 .*20\/40/.test(lines.join('\n')) &&
      frameOf(lines).length > 0,
  );
}

/** Lines of the view, from the command to the gauges; none while it is being drawn. */
export function frameOf(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.startsWith('workers '));
  const first = lines.findLastIndex((line, row) => row < last && line.startsWith('restage run'));
  return first < 0 ? [] : lines.slice(first, last + 1);
}

export function openAll(project: Project): void {
  for (const gate of ['fit-0', 'fit-1', 'fit-2', 'noisy', 'quiet']) project.open(gate);
}

/** Back at a usable shell: the cursor is shown, and typed characters are echoed. */
export async function restored(pane: Pane): Promise<string> {
  await pane.until((lines) => lines.findLast((line) => line !== '') === '>');
  expect(await pane.isCursorShown()).toBe(true);
  expect(await pane.settings()).toMatch(/ icanon /);
  expect(await pane.settings()).toMatch(/ echo /);
  await pane.type('echo "exit $?"');
  await pane.press('Enter');
  await pane.untilShown(/^exit \d+$/);
  return pane.history();
}
