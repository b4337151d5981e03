/** The reporter of terminals in a process of its own: what it loads, and what replaces it when it fails. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('a run that has nothing to do does not load Ink or React', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', IDLE], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe('toy: its one node is up to date (0.1 s; 5.0 s saved)\n0 modules of React\n');
});

test('the notices of a run that ends before it has begun are told, once', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', EARLY], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['note  Job 7 could not be ended.\n', '']);
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
import { TerminalReporter } from '${UI}reporters/terminal-reporter.js';
import { styleFor } from '${UI}text/style.js';
const reporter = new TerminalReporter({
  terminal: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, write: (text) => process.stdout.write(text),
    size: () => ({ columns: 80, rows: 24 }), isColourful: false, divertWrites: () => () => {} },
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

const EARLY = `${IDLE.slice(0, IDLE.indexOf('reporter.event('))}
reporter.event({ type: 'notice', at: 0, text: 'Job 7 could not be ended.' });
reporter.close();
reporter.close();
`;

const FAILING = `import { PauseSwitch } from '${UI}../execution/scheduling/pause-switch.js';
import { TerminalReporter } from '${UI}reporters/terminal-reporter.js';
import { styleFor } from '${UI}text/style.js';
const pause = new PauseSwitch();
pause.set(true);
const out = process.stdout.write.bind(process.stdout);
let failed = () => {};
const failure = new Promise((resolve) => (failed = resolve));
const reporter = new TerminalReporter({
  terminal: { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, write: out,
    size() { throw new Error('no size'); }, isColourful: false, divertWrites: () => () => {} },
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
