/** Runs in which a device is kept for nodes that are about to come: what the run reports, and what ends it. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { PauseSwitch } from '../../src/execution/scheduling/pause-switch.ts';
import { cacheDirectory, Lab, type LabRun, type RunOptions } from './lab.ts';
import type { Wirings } from './lab-graph.ts';

const train = { stage: 'lab/train', together: true } as const;
/** Three seeds: data, and a training on them. */
const SEEDS: Wirings = {
  a: { stage: 'lab/data', param: 1 },
  b: { stage: 'lab/data', param: 2 },
  c: { stage: 'lab/data', param: 3 },
  ta: { ...train, takes: ['a'] },
  tb: { ...train, takes: ['b'] },
  tc: { ...train, takes: ['c'] },
};

/** A run whose clock a test sets, on a machine with one device. */
class Timed {
  at = 0;
  readonly options: RunOptions = { devices: ['gpu:0'], now: () => this.at };

  begin(options: RunOptions = {}, lab = new Lab(), wirings = SEEDS): Promise<LabRun> {
    return lab.begin(wirings, { ...this.options, ...options });
  }
}

/** The events of the node, in a few words. */
function toldOf(run: LabRun, node: string): readonly string[] {
  return run.events.flatMap((event) => {
    if (!('node' in event) || event.node !== node) return [];
    return event.type === 'node-held' ? [`held for ${event.more}, ${event.seconds} s`] : [event.type.slice(5)];
  });
}

describe('a training whose data are ready before those of other seeds', () => {
  test('waits for the others, tells so, and starts with them', async () => {
    const time = new Timed();
    const lab = new Lab();
    const run = await time.begin({}, lab);
    expect(run.running).toEqual(['a', 'b', 'c']);
    time.at = 10_000;
    run.succeed('a');
    time.at = 12_000;
    run.succeed('b');
    expect(run.running).toEqual(['c']);
    await run.recorded();
    expect(toldOf(run, 'ta')).toEqual(['queued', 'held for 2, 10 s', 'held for 1, 8 s']);
    run.succeed('c');
    expect(run.executor.parties).toEqual([['ta', 'tb', 'tc']]);
    for (const node of ['tb', 'ta', 'tc']) run.succeed(node);
    expect((await run.finished).counts).toMatchObject({ ran: 6 });
    expect(toldOf(run, 'ta').slice(3)).toEqual(['queued', 'started', 'ran']);
    expect(run.told('node-held').map(({ node }) => node)).toEqual(['ta', 'ta']);
    // The same keys as one by one.
    expect((await lab.runAll(SEEDS)).counts).toMatchObject({ hit: 6 });
  });

  test('is the only one that is told to wait, although better ones come and wait with it', async () => {
    const time = new Timed();
    const run = await time.begin({}, new Lab(), {
      ...SEEDS,
      ...{ d: { stage: 'lab/data', param: 4 }, td: { ...train, takes: ['d'] } },
    });
    time.at = 10_000;
    for (const data of ['c', 'b', 'a']) {
      run.succeed(data);
      time.at += 1000;
    }
    await run.recorded();
    expect(toldOf(run, 'tc')).toEqual(['queued', 'held for 3, 10 s', 'held for 2, 9 s', 'held for 1, 8 s']);
    for (const node of ['ta', 'tb']) expect(toldOf(run, node)).toEqual(['queued']);
    run.succeed('d');
    expect(run.executor.parties).toEqual([['ta', 'tb', 'tc', 'td']]);
    await run.recorded();
    expect(toldOf(run, 'tc').slice(4)).toEqual(['queued']);
    await run.succeedAll();
  });

  test('waits no longer than their preparation took', async () => {
    const time = new Timed();
    const run = await time.begin();
    time.at = 10_000;
    run.succeed('a');
    time.at = 19_999;
    // A timer may be early.
    expect(run.tick(1)).toBeGreaterThan(0);
    expect(run.running).toEqual(['b', 'c']);
    time.at = 20_000;
    expect(run.tick()).toBeGreaterThan(0);
    expect(run.running).toEqual(['b', 'c', 'ta']);
    expect((await run.succeedAll()).counts).toMatchObject({ ran: 6 });
    expect(run.executor.parties).toEqual([['tb', 'tc']]);
    // It waited once.
    expect(toldOf(run, 'ta')).toEqual(['queued', 'held for 2, 10 s', 'queued', 'started', 'ran']);
  });

  test('does not wait in a run that finds them in the cache', async () => {
    const time = new Timed();
    const lab = new Lab();
    await lab.runAll({ a: SEEDS['a']! });
    const run = await time.begin({}, lab);
    expect(run.running.toSorted()).toEqual(['b', 'c', 'ta']);
  });

  test('starts at once when nothing is being made but the twin of what is only queued', async () => {
    const first = { policy: { priority: 1 } };
    const others = { b: SEEDS['b']!, twin: SEEDS['b']!, tb: SEEDS['tb']!, tt: { ...train, param: 1, takes: ['twin'] } };
    const time = new Timed();
    const run = await time.begin({ jobs: 1 }, new Lab(), {
      ...{ a: { ...SEEDS['a']!, ...first }, ta: { ...SEEDS['ta']!, ...first } },
      ...others,
    });
    expect(run.running).toEqual(['a']);
    time.at = 10_000;
    run.succeed('a');
    expect(run.running).toEqual(['ta']);
    expect((await run.succeedAll()).counts).toMatchObject({ ran: 5, hit: 1 });
  });

  test('starts at once when the data of the others fail, or cannot be begun any more', async () => {
    const time = new Timed();
    const run = await time.begin();
    time.at = 10_000;
    run.succeed('a');
    run.fail('b');
    expect(run.running).toEqual(['c']);
    run.fail('c');
    expect(run.running).toEqual(['ta']);
    run.succeed('ta');
    expect((await run.finished).counts).toMatchObject({ ran: 2, failed: 2, skipped: 2 });
  });
});

describe('a run in which a node waits', () => {
  async function waiting(options: RunOptions = {}): Promise<{ readonly time: Timed; readonly run: LabRun }> {
    const time = new Timed();
    const run = await time.begin(options);
    time.at = 10_000;
    run.succeed('a');
    await run.recorded();
    expect(toldOf(run, 'ta')).toEqual(['queued', 'held for 2, 10 s']);
    return { time, run };
  }

  test('tells that it does not while the run is paused, and then waits for what is left of its time', async () => {
    const pause = new PauseSwitch();
    const { time, run } = await waiting({ pause });
    const set = async (on: boolean): Promise<void> => {
      pause.set(on);
      await turn();
      await run.recorded();
    };
    await set(true);
    expect(toldOf(run, 'ta').slice(2)).toEqual(['queued']);
    time.at = 15_000;
    await set(false);
    expect(toldOf(run, 'ta').slice(3)).toEqual(['held for 2, 5 s']);
    await set(true);
    time.at = 21_000;
    expect(run.running).toEqual(['b', 'c']);
    await set(false);
    expect(run.running).toEqual(['b', 'c', 'ta']);
    await run.succeedAll();
  });

  test('ends when it is interrupted, and leaves no timer', async () => {
    const { time, run } = await waiting();
    await run.interrupt();
    for (const node of ['b', 'c']) run.fail(node, { class: 'cancelled' });
    expect(await run.finished).toMatchObject({ interrupted: true, counts: { ran: 1, skipped: 5 } });
    time.at = 1e9;
    expect(run.tick()).toBe(0);
    expect(toldOf(run, 'ta').slice(2)).toEqual(['skipped']);
  });

  test('leaves no timer when it breaks off', async () => {
    const onEvent: RunOptions['onEvent'] = ({ type }) => {
      if (type === 'node-progress') throw new Error('The listener fails.');
    };
    const { time, run } = await waiting({ onEvent });
    run.executor.start('b');
    run.executor.tell('b', { type: 'progress', at: 0, done: 1, total: 2, note: null });
    await expect(run.finished).rejects.toThrow('The listener fails.');
    time.at = 1e9;
    expect(run.tick()).toBe(0);
  });

  test('does not start it after as many failures as it allows', async () => {
    const { time, run } = await waiting({ maxFailures: 1 });
    run.fail('b');
    time.at = 30_000;
    run.tick();
    expect(run.running).toEqual(['c']);
    run.succeed('c');
    expect((await run.finished).counts).toMatchObject({ ran: 2, failed: 1, skipped: 3 });
  });

  test('leaves it half of the time that a limit leaves', async () => {
    const lab = new Lab();
    // A training is expected to take two seconds.
    await lab.runAll({ z: { ...train, param: 9 } });
    const time = new Timed();
    const run = await time.begin({ limits: { time: 18 } }, lab);
    time.at = 10_000;
    run.succeed('a');
    await run.recorded();
    expect(toldOf(run, 'ta')).toEqual(['queued', 'held for 2, 3 s']);
    time.at = 13_000;
    run.tick();
    expect(run.running).toEqual(['b', 'c', 'ta']);
  });

  test('does not wait for more than a limit of cost leaves room for', async () => {
    const lab = new Lab();
    await lab.runAll({ y: { stage: 'lab/data', param: 9 }, z: { ...train, param: 9 } });
    const time = new Timed();
    // Two seconds for data that ran, four for those that run, and two for one training.
    const run = await time.begin({ limits: { cost: 9 } }, lab);
    time.at = 10_000;
    run.succeed('a');
    expect(run.running).toEqual(['b', 'c', 'ta']);
  });

  async function detached(options: RunOptions = {}): Promise<{ readonly time: Timed; readonly run: LabRun }> {
    const time = new Timed();
    const run = await time.begin({ lifetime: 'detached', here: ['lab/train'], detach: true, ...options });
    const queued = { type: 'observed', at: 0, state: 'waiting', note: 'job 17', why: null } as const;
    time.at = 10_000;
    run.succeed('a');
    for (const node of ['b', 'c']) run.executor.tell(node, queued);
    await turn();
    expect(run.running).toEqual(['b', 'c']);
    return { time, run };
  }

  test('leaves it behind if it is paused, when all else goes on elsewhere', async () => {
    const pause = new PauseSwitch();
    const { run } = await detached({ pause });
    pause.set(true);
    expect(await run.finished).toMatchObject({ goingOn: 2, counts: { ran: 1 } });
    expect(run.told('node-skipped').find(({ node }) => node === 'ta')).toMatchObject({ left: 'waiting' });
  });

  test('does not leave it behind when all else goes on elsewhere', async () => {
    const { time, run } = await detached();
    time.at = 20_000;
    run.tick();
    expect(run.running).toEqual(['b', 'c', 'ta']);
    run.succeed('ta');
    expect(await run.finished).toMatchObject({ goingOn: 2, counts: { ran: 2 } });
  });
});

describe('several processes on one cache', () => {
  const TWO = { a: SEEDS['a']!, b: SEEDS['b']!, ta: SEEDS['ta']!, tb: SEEDS['tb']! };

  test('wait for data that another one makes, and make each training once', async () => {
    const directory = cacheDirectory();
    const [one, two] = [new Lab(directory), new Lab(directory)];
    const time = new Timed();
    const first = await time.begin({}, one, { b: SEEDS['b']! });
    const second = await time.begin({}, two, TWO);
    expect(second.running).toEqual(['a']);
    time.at = 10_000;
    second.succeed('a');
    expect(second.running).toEqual([]);
    first.succeed('b');
    await first.finished;
    time.at = 10_100;
    second.poll();
    expect(second.executor.parties).toEqual([['ta', 'tb']]);
    expect((await second.succeedAll()).counts).toMatchObject({ ran: 3, hit: 1 });
  });

  test('start at once when another one takes the training that they wait for', async () => {
    const directory = cacheDirectory();
    const [one, two] = [new Lab(directory), new Lab(directory)];
    const time = new Timed();
    const first = await time.begin({}, one, TWO);
    time.at = 10_000;
    first.succeed('a');
    first.poll();
    await first.recorded();
    expect(toldOf(first, 'ta')).toEqual(['queued', 'held for 1, 10 s']);
    // It waits for the data of b, and for the training of a, which the first one has claimed.
    const second = await time.begin({ devices: [] }, two, TWO);
    expect(second.running).toEqual([]);
    expect(second.told('node-waiting').map(({ node }) => node)).toContain('ta');
    first.succeed('b');
    expect(first.executor.parties).toEqual([['ta', 'tb']]);
    for (const node of ['ta', 'tb']) first.succeed(node);
    await first.finished;
    for (let polls = 0; polls < 5; polls++) second.poll();
    expect((await second.finished).counts).toMatchObject({ ran: 0, hit: 4 });
  });
});

test('data that come from a remote count as preparation, and are waited for', async () => {
  const there = new Map<string, () => void>();
  const lab = new Lab();
  const time = new Timed();
  const keys: string[] = [];
  const run = await time.begin(
    {
      source: {
        name: 'remote',
        has: (key) => !keys.includes(key) && keys.push(key) <= 3,
        take: (key) => new Promise((resolve) => there.set(key, () => resolve(false))),
      },
    },
    lab,
  );
  expect(run.running).toEqual([]);
  time.at = 5000;
  // It does not come, and is made here.
  there.get(keys[0]!)!();
  await turn();
  expect(run.running).toEqual(['a']);
  time.at = 6000;
  run.succeed('a');
  await run.recorded();
  expect(toldOf(run, 'ta')).toEqual(['queued', 'held for 2, 6 s']);
  for (const key of keys.slice(1, 3)) there.get(key)!();
  await turn();
  expect(run.running).toEqual(['b', 'c']);
  expect((await run.succeedAll()).counts).toMatchObject({ ran: 6 });
  expect(run.executor.parties).toEqual([['ta', 'tb', 'tc']]);
});
