/** A paused run: what runs continues, and nothing new starts until the run is resumed. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { makeProject } from '../helpers/project.ts';

/** Pauses at the first start, resumes once nothing runs, and prints what happened in which order. */
const SCRIPT = `import { PauseSwitch, run } from 'restage';
const pause = new PauseSwitch();
const cancel = new AbortController();
const isCancelled = process.argv[3] === 'cancel';
const told = [];
let running = 0;
let quiet;
const { outcome, counts } = await run({
  pipeline: '.', cacheDirectory: process.argv[2], jobs: 1, pause, signal: cancel.signal,
  onEvent(event) {
    if (event.type === 'node-started') {
      running += 1;
      pause.set(told.every((what) => what !== 'paused'));
    }
    if (event.type === 'node-ran') running -= 1;
    if (event.type === 'run-paused') told.push(event.paused ? 'paused' : 'resumed');
    if (event.type === 'node-started' || event.type === 'node-ran') told.push(event.type.slice(5));
    // Long after anything that is not paused would have started.
    if (pause.on && running === 0) quiet ??= setTimeout(() => (isCancelled ? cancel.abort() : pause.set(false)), 300);
  },
});
console.log(JSON.stringify({ outcome, counts, told }));
`;

interface Told {
  readonly outcome: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly told: readonly string[];
}

function pausedRun(...args: readonly string[]): Told {
  const project = makeProject('lab').write('script.mjs', SCRIPT);
  const { stdout, stderr } = spawnSync(process.execPath, ['script.mjs', project.cache, ...args], {
    cwd: project.root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Told;
}

describe('a paused run', () => {
  test('starts nothing new until it is resumed, and then finishes', () => {
    const { outcome, counts, told } = pausedRun();
    expect(outcome).toBe('ok');
    expect(counts['ran']).toBe(8);
    const held = told.slice(told.indexOf('paused') + 1, told.indexOf('resumed'));
    expect(held.filter((what) => what === 'started')).toEqual([]);
    expect(told.slice(told.indexOf('resumed')).filter((what) => what === 'started').length).toBeGreaterThanOrEqual(6);
  });

  test('can be interrupted', () => {
    const { outcome, counts, told } = pausedRun('cancel');
    expect(outcome).toBe('interrupted');
    expect(counts['skipped']).toBeGreaterThanOrEqual(6);
    expect(told).not.toContain('resumed');
  });
});
