/** A paused run: what runs continues, and nothing new starts until the run is resumed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeProject } from '../helpers/project.ts';

/** Each node waits until the run is paused. */
const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass } from './lab.ts';

export const step = stage({
  name: 'lab/step',
  params: z.strictObject({ k: z.int() }),
  inputs: {},
  outputs: { k: json<number>() },
  async run({ params: { k }, signal }) {
    await pass('paused', signal);
    return { k };
  },
});

export default pipeline({
  name: 'steps',
  params: z.strictObject({}),
  build(p) {
    const steps = [1, 2, 3, 4].map((k) => p.add(step, { key: { k }, params: { k }, executor: 'in-process' }).out.k);
    return { last: steps[3]! };
  },
});
`;

/** Pauses at the first start, resumes once nothing runs, and prints what happened in which order. */
const SCRIPT = `import { writeFileSync } from 'node:fs';
import { PauseSwitch, run } from 'restage';
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
      if (told.length === 0) pause.set(true);
    }
    if (event.type === 'node-ran') running -= 1;
    if (event.type === 'run-paused') {
      told.push(event.paused ? 'paused' : 'resumed');
      writeFileSync(process.env.LAB_GATES + '/paused', '');
    }
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
  const project = makeProject('lab').write('index.ts', PIPELINE).write('script.mjs', SCRIPT);
  mkdirSync(project.beside('gates'));
  const { stdout, stderr } = spawnSync(process.execPath, ['script.mjs', project.cache, ...args], {
    cwd: project.root,
    encoding: 'utf8',
    env: { ...process.env, LAB_GATES: project.beside('gates') },
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Told;
}

describe('a paused run', () => {
  test('starts nothing new until it is resumed, and then finishes', () => {
    const { outcome, counts, told } = pausedRun();
    expect(outcome).toBe('ok');
    expect(counts['ran']).toBe(4);
    expect(told).toEqual(['started', 'paused', 'ran', 'resumed', 'started', 'ran', 'started', 'ran', 'started', 'ran']);
  });

  test('can be interrupted', () => {
    const { outcome, counts, told } = pausedRun('cancel');
    expect(outcome).toBe('interrupted');
    expect(counts).toMatchObject({ ran: 1, skipped: 3 });
    expect(told).toEqual(['started', 'paused', 'ran']);
  });
});
