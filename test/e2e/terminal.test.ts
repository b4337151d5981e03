/** The view of a run in real terminals: the built command line in tmux. */
import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { noTmux, Pane, type TerminalSize } from '../helpers/tmux.ts';

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

const SIZES: readonly TerminalSize[] = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
  { columns: 60, rows: 15 },
];

async function start(
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

const FITS = /fit@k=0 .*20\/40/;

/** Waits for a complete frame that shows both running fits and their progress. */
async function shown(pane: Pane): Promise<readonly string[]> {
  return pane.until(
    (lines) =>
      /fit@k=0 .*20\/40/.test(lines.join('\n')) &&
      /fit@k=1 .*20\/40/.test(lines.join('\n')) &&
      frameOf(lines).length > 0,
  );
}

/** Lines of the view, from the command to the gauges; none while it is being drawn. */
function frameOf(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.startsWith('workers '));
  const first = lines.findLastIndex((line, row) => row < last && line.startsWith('restage run'));
  return first < 0 ? [] : lines.slice(first, last + 1);
}

function openAll(project: Project): void {
  for (const gate of ['fit-0', 'fit-1', 'fit-2', 'noisy', 'quiet']) project.open(gate);
}

/** Back at a usable shell: the cursor is shown, and typed characters are echoed. */
async function restored(pane: Pane): Promise<string> {
  await pane.until((lines) => lines.findLast((line) => line !== '') === '>');
  expect(await pane.isCursorShown()).toBe(true);
  expect(await pane.settings()).toMatch(/ icanon /);
  expect(await pane.settings()).toMatch(/ echo /);
  await pane.type('echo "exit $?"');
  await pane.press('Enter');
  await pane.untilShown(/^exit \d+$/);
  return pane.history();
}

describe('the view of a run', () => {
  beforeEach((context) => context.skip(noTmux !== undefined, noTmux));

  for (const size of SIZES)
    test(`fits a terminal of ${size.columns}x${size.rows}, and leaves ordinary lines behind`, async () => {
      const { project, pane } = await start(size);
      const frame = frameOf(await shown(pane));
      expect(frame.length).toBeLessThan(size.rows);
      expect(Math.max(...frame.map((line) => line.length))).toBeLessThan(size.columns);
      expect(frame.join('\n')).toMatch(/lab\/fit +.*0\/3/);
      expect(await pane.isCursorShown()).toBe(false);
      openAll(project);
      const text = await restored(pane);
      expect(text).toContain('run 1 of terminal: 3 ran');
      expect(text).toContain('exit 0');
      // Nothing of the view is left.
      expect(text).not.toContain('workers');
    });

  test('is one word in a terminal of 10x3, where the user asks for it', async () => {
    const { project, pane } = await start({ columns: 10, rows: 3 }, '--reporter ink');
    const lines = await pane.until((shownNow) => shownNow.some((line) => line.startsWith('0/3')));
    expect(lines.at(-1)).toBe('');
    openAll(project);
    expect(await restored(pane)).toContain('exit 0');
  });

  test('is plain lines in a terminal of 10x3 otherwise', async () => {
    const { project, pane } = await start({ columns: 10, rows: 3 });
    openAll(project);
    const text = await restored(pane);
    expect(text).toMatch(/run 1 of terminal: 3 nodes, 2 jobs/);
  });

  for (const [why, env] of [
    ['a dumb terminal', { TERM: 'dumb' }],
    ['continuous integration', { CI: 'true' }],
  ] as const)
    test(`is plain lines for ${why}`, async () => {
      const { project, pane } = await start(SIZES[1]!, '', env);
      await pane.untilShown('start   fit@k=0');
      openAll(project);
      expect(await restored(pane)).toContain('exit 0');
    });

  test('is plain lines for a command in the background, which is not stopped', async () => {
    const { project, pane } = await start(SIZES[1]!, '&');
    await pane.untilShown('start   fit@k=0');
    openAll(project);
    await pane.untilShown('3 ran');
  });

  test('survives changes of the size', async () => {
    const { project, pane } = await start(SIZES[0]!);
    await shown(pane);
    for (const size of [SIZES[2]!, SIZES[1]!, { columns: 10, rows: 3 }, SIZES[0]!]) {
      await pane.resize(size);
      if (size.rows === 3) {
        await pane.until((lines) => lines[0]!.startsWith('0/3') && lines[1] === '');
        continue;
      }
      // Nothing of the earlier frame is left: one title at the top, one line of gauges, and a free row below.
      await pane.until((lines) => {
        const titles = lines.filter((line) => line.startsWith('restage run')).length;
        const gauges = lines.filter((line) => line.startsWith('workers ')).length;
        const isWhole = FITS.test(lines.join('\n')) && lines[0]!.startsWith('restage run') && lines.at(-1) === '';
        const isWide = lines[1]!.length >= Math.min(size.columns, 133) - 2 && lines[1]!.length < size.columns;
        return titles === 1 && gauges === 1 && isWhole && isWide;
      });
    }
    openAll(project);
    expect(await restored(pane)).toContain('exit 0');
  });

  test('has colours, and none where NO_COLOR asks for none', async () => {
    const plain = await start(SIZES[0]!, '', { NO_COLOR: '1' });
    const colourful = await start(SIZES[0]!);
    await shown(plain.pane);
    await shown(colourful.pane);
    const sequence = /\u001b\[[\d;]*m/;
    expect((await plain.pane.lines(true)).join('\n')).not.toMatch(sequence);
    expect((await colourful.pane.lines(true)).join('\n')).toMatch(sequence);
  });

  test('cancels the run by q, in order, as Ctrl-C does', async () => {
    for (const key of ['q', 'C-c']) {
      const { project, pane } = await start(SIZES[0]!);
      await shown(pane);
      await pane.press(key);
      const text = await restored(pane);
      expect(text).toContain('interrupted: run 1 of terminal: 3 interrupted');
      expect(text).toContain('exit 130');
      expect(project.query('SELECT outcome FROM run_end')).toEqual([{ outcome: 'interrupted' }]);
    }
  });

  test('pauses the run by p, and resumes it by p', async () => {
    const { project, pane } = await start(SIZES[0]!);
    await shown(pane);
    await pane.press('p');
    await pane.untilShown('paused');
    project.open('fit-0');
    project.open('fit-1');
    await pane.untilShown('workers 0/2');
    expect(project.tally()).not.toContain('fit 2');
    await pane.press('p');
    await pane.untilShown(/fit@k=2 .*20\/40/);
    project.open('fit-2');
    expect(await restored(pane)).toContain('3 ran');
  });

  test('looks at a node by arrows and Enter, at its log by l, and goes back by Esc', async () => {
    const { project, pane } = await start(SIZES[0]!);
    await shown(pane);
    await pane.press('Down');
    await pane.untilShown('▸ fit@k=0');
    await pane.press('Down', 'Enter');
    await pane.untilShown(/params +k 1 · rate 0.003/);
    await pane.untilShown(/validation loss +0.0500/);
    await pane.press('l');
    await pane.untilShown('log of fit@k=1');
    await pane.untilShown('fit 1 waits for its gate');
    await pane.press('Escape');
    await pane.untilShown(/params +k 1/);
    await pane.press('Escape');
    await pane.untilShown('▸ fit@k=1');
    await pane.press('?');
    await pane.untilShown('finished nodes are kept; q again leaves');
    openAll(project);
    expect(await restored(pane)).toContain('3 ran');
  });

  test('has no keys where the input is not a terminal', async () => {
    const { project, pane } = await start(SIZES[0]!, '< /dev/null');
    const frame = frameOf(await shown(pane));
    expect(frame.at(-1)).not.toContain('help');
    openAll(project);
    expect(await restored(pane)).toContain('3 ran');
  });

  test('keeps above itself what other code prints', async () => {
    const { project, pane } = await start(SIZES[1]!, '-S noisy=true -S fits=1 -j 3');
    await pane.untilShown(FITS);
    project.open('noisy');
    const lines = await pane.until((now) => now.includes('stray words of a stage') && frameOf(now).length > 0);
    expect(lines.indexOf('stray words of a stage')).toBeLessThan(
      lines.findLastIndex((line) => line.startsWith('restage run')),
    );
    expect(frameOf(lines).length).toBeLessThan(50);
    project.open('spoken');
    await pane.untilShown(/^words of the pipeline$/);
    const later = await pane.until(
      (now) => now.some((line) => line.endsWith('Warning: warning of Node')) && frameOf(now).length > 0,
    );
    const title = later.findLastIndex((line) => line.startsWith('restage run'));
    expect(later.indexOf('words of the pipeline')).toBeLessThan(title);
    expect(later.findIndex((line) => line.endsWith('warning of Node'))).toBeLessThan(title);
    // There is one complete view, and nothing is written into it.
    expect(later.filter((line) => line.startsWith('restage run'))).toHaveLength(1);
    openAll(project);
    const text = await restored(pane);
    for (const words of ['stray words of a stage', 'words of the pipeline', 'Warning: warning of Node'])
      expect(text).toContain(words);
  });

  test('restores the terminal when the process crashes', async () => {
    const { project, pane } = await start(SIZES[0]!, '-S noisy=true -S crash=true -S fits=1 -j 3');
    await pane.untilShown(FITS);
    project.open('noisy');
    const text = await restored(pane);
    expect(text).toContain('Error: boom');
    expect(text).not.toContain('exit 0');
  });

  for (const [signal, code] of [
    ['TERM', 130],
    ['HUP', 129],
  ] as const)
    test(`restores the terminal after SIG${signal}`, async () => {
      const { pane } = await start(SIZES[0]!);
      await shown(pane);
      await pane.kill(`SIG${signal}`);
      expect(await restored(pane)).toContain(`exit ${code}`);
    });

  /** A run that Ctrl-Z stopped, with the shell in the foreground. */
  const stopped = async (size: TerminalSize): Promise<{ readonly project: Project; readonly pane: Pane }> => {
    const { project, pane } = await start(size);
    await shown(pane);
    await pane.press('C-z');
    await pane.until((lines) => lines.findLast((line) => line !== '') === '>');
    expect(await pane.isCursorShown()).toBe(true);
    return { project, pane };
  };

  test('continues in the background by Ctrl-Z and bg, without a view, and leaves the keys to the shell', async () => {
    const { project, pane } = await stopped(SIZES[1]!);
    await pane.type('bg');
    await pane.press('Enter');
    for (const word of ['one', 'two']) {
      await pane.type(`echo $((1 + 1)) ${word}`);
      await pane.press('Enter');
      await pane.untilShown(`2 ${word}`);
    }
    project.open('spoken');
    openAll(project);
    const text = (await pane.untilShown('3 ran')).join('\n');
    expect(text).toContain('words of the pipeline');
    expect(frameOf(text.split('\n'))).toEqual([]);
    // The shell reports an ended job only with its next prompt.
    for (let isDone = false; !isDone;) {
      await pane.press('Enter');
      isDone = (await pane.lines()).some((line) => line.includes('Done'));
    }
    expect(await pane.settings()).toMatch(/ icanon /);
  });

  test('returns to the foreground by fg, with its keys', async () => {
    const { project, pane } = await stopped(SIZES[0]!);
    await pane.type('bg');
    await pane.press('Enter');
    await pane.type('fg');
    await pane.press('Enter');
    await shown(pane);
    await pane.press('p');
    await pane.untilShown('paused');
    await pane.press('p');
    openAll(project);
    expect(await restored(pane)).toContain('3 ran');
  });

  test('ignores Ctrl-Z where no shell could continue it: an orphaned group does not stop', async () => {
    const { project, pane } = await start(SIZES[0]!, '', {}, 'exec ');
    await shown(pane);
    await pane.press('C-z');
    for (let isBack = false; !isBack;) {
      await pane.press('Down');
      isBack = (await pane.lines()).some((line) => line.startsWith('▸'));
    }
    expect(await pane.settings()).toMatch(/ -icanon /);
    openAll(project);
    await eventually(() => project.query('SELECT outcome FROM run_end').length === 1);
  });

  test('stops by Ctrl-Z and continues by fg', async () => {
    const { project, pane } = await stopped(SIZES[0]!);
    await pane.type('fg');
    await pane.press('Enter');
    await shown(pane);
    openAll(project);
    expect(await restored(pane)).toContain('3 ran');
  });
});

test('a run that has nothing to do does not load Ink or React', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', IDLE], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe('toy: its one node is up to date (0.1 s; 5.0 s saved)\n0 modules of React\n');
});

test('a view that fails resumes a paused run, and plain lines replace it', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', FAILING], { encoding: 'utf8' });
  expect(stderr).toMatch(/^restage: the terminal view failed \(no size\); the run continues\. Use --reporter plain/);
  expect(stdout.split('\n').slice(0, 6)).toEqual([
    'run 1 of toy: 1 node, 2 jobs, backend none, seed 0',
    '     0.0 s  note    Heard before it failed.',
    'paused: false',
    '     0.0 s  ran     a in 1.0 s',
    '',
    'run 1 of toy: 1 ran in 0.1 s',
  ]);
});

const UI = new URL('../../dist/ui/', import.meta.url).href;
const IDLE = `import { createRequire } from 'node:module';
import { terminalReporter } from '${UI}reporters/terminal-reporter.js';
import { styleFor } from '${UI}text/style.js';
const reporter = terminalReporter({
  terminal: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, write: (text) => process.stdout.write(text),
    size: () => ({ columns: 80, rows: 24 }), isColourful: false, divertErrors: () => () => {} },
  print: (text) => process.stdout.write(text), complain: (text) => process.stderr.write(text), control: null, leave() {},
  presentation: { style: styleFor(false, {}), width: () => 80, directory: '/project',
    commands: { again: 'restage run toy', log: (what) => 'restage log ' + what, show: (what) => what, plan: '' } },
});
reporter.event({ type: 'run-started', at: 0, run: 1, pipeline: 'toy', nodes: 1, stages: [{ stage: 'toy/a', nodes: 1, seconds: null }],
  seed: 0, jobs: 2, backend: 'none' });
reporter.event({ type: 'node-hit', at: 1, node: 'a', stage: 'toy/a', how: 'hit', state: 'ab' });
reporter.finish({ run: 1, pipeline: 'toy', outcome: 'ok', seconds: 0.1, savedSeconds: 5, results: [], failures: [], cacheDirectory: '/cache',
  counts: { hit: 1, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 } });
process.on('exit', () => {
  const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /node_modules.(react|ink)/.test(file));
  console.log(loaded.length + ' modules of React');
});
`;

const FAILING = `import { PauseSwitch } from '${UI}../execution/scheduling/pause-switch.js';
import { terminalReporter } from '${UI}reporters/terminal-reporter.js';
import { styleFor } from '${UI}text/style.js';
const pause = new PauseSwitch();
pause.set(true);
const out = process.stdout.write.bind(process.stdout);
let failed = () => {};
const failure = new Promise((resolve) => (failed = resolve));
const reporter = terminalReporter({
  terminal: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, write: out,
    size() { throw new Error('no size'); }, isColourful: false, divertErrors: () => () => {} },
  print: out, complain(text) { process.stderr.write(text); setImmediate(failed); },
  control: { cancel() {}, pause }, leave() {},
  presentation: { style: styleFor(false, {}), width: () => 80, directory: '/project',
    commands: { again: 'restage run toy', log: (what) => what, show: (what) => what, plan: '' } },
});
reporter.event({ type: 'run-started', at: 0, run: 1, pipeline: 'toy', nodes: 1, stages: [{ stage: 'toy/a', nodes: 1, seconds: null }],
  seed: 0, jobs: 2, backend: 'none' });
reporter.event({ type: 'notice', at: 0, text: 'Heard before it failed.' });
reporter.event({ type: 'node-started', at: 0, node: 'a', stage: 'toy/a', attempt: 1, worker: 'w', backend: null, params: {} });
await failure;
console.log('paused: ' + pause.on);
reporter.event({ type: 'node-ran', at: 1, node: 'a', stage: 'toy/a', state: 'ab', seconds: 1, peakMiB: null });
reporter.finish({ run: 1, pipeline: 'toy', outcome: 'ok', seconds: 0.1, savedSeconds: 0, results: [], failures: [], cacheDirectory: '/cache',
  counts: { hit: 0, 'cut-off': 0, ran: 1, failed: 0, skipped: 0 } });
process.exit();
`;
