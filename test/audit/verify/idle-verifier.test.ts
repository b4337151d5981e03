import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { IdleVerifier, type StateVerifier } from '../../../src/audit/verify/idle-verifier.ts';
import type { StateVerdict } from '../../../src/audit/verify/verdict.ts';
import { RestoreCancelled } from '../../../src/execution/repetition/restorer.ts';
import type { StateRecord } from '../../../src/store/query/states.ts';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { recordOf, study } from '../runs/study.ts';

let project: InProcessProject;
beforeAll(async () => {
  project = await study([]);
});

/** Verifiers that wait until the test ends them, and what became of them. */
class Bench {
  readonly running = new Map<string, () => void>();
  readonly cancelled: string[] = [];
  readonly kept: string[] = [];

  open(): StateVerifier {
    let end: (() => void) | undefined;
    let fail: (error: Error) => void = () => undefined;
    let key = '';
    return {
      verify: async (state: StateRecord) => {
        key = state.key;
        await new Promise<void>((resolve, reject) => {
          end = resolve;
          fail = reject;
          this.running.set(key, resolve);
        });
        return { state: key, node: state.stage, verdict: 'same' } as StateVerdict;
      },
      cancel: () => {
        this.cancelled.push(key);
        fail(new RestoreCancelled());
      },
      close: () => {
        this.running.delete(key);
        expect(end).toBeDefined();
        return Promise.resolve();
      },
    };
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

function idle(options: { readonly share?: number; readonly random?: () => number } = {}) {
  const { cache, run } = recordOf(project);
  const verifier = new IdleVerifier(cache, {
    ...{ share: 1, random: () => 0, patience: 1, ...options },
    open: () => bench.open(),
    keep: ({ state }) => bench.kept.push(state),
    summary: (verdicts) => `${verdicts.length} verified`,
  });
  const keys = cache.query.visits.ofRun(run(1).id).map(({ state }) => state!.key);
  return { verifier, keys };
}

const slots = (cpus: number, memoryMiB = 1e9) => ({ cpus, memoryMiB });
const turn = () => sleep(10);

describe('verifying in idle time', () => {
  test('executes as many hits at once as there are idle slots, one after the other', async () => {
    const { verifier, keys } = idle();
    for (const key of [...keys, ...keys]) verifier.hit(key);
    verifier.offer(slots(2));
    await turn();
    expect([...bench.running.keys()]).toEqual(keys.slice(0, 2));
    bench.running.get(keys[0]!)!();
    await turn();
    expect([...bench.running.keys()]).toEqual(keys.slice(1, 3));
    for (let k = 1; k < keys.length; k++) {
      bench.running.get(keys[k]!)!();
      await turn();
    }
    expect(bench.kept).toEqual(keys);
    expect(await verifier.close()).toBe('4 verified');
  });

  test('gives a slot back at once, and begins again where it was taken from', async () => {
    const { verifier, keys } = idle();
    for (const key of keys) verifier.hit(key);
    verifier.offer(slots(2));
    await turn();
    verifier.offer(slots(1));
    expect(bench.cancelled).toEqual([keys[1]]);
    await turn();
    expect([...bench.running.keys()]).toEqual([keys[0]]);
    verifier.offer(slots(3));
    await turn();
    expect([...bench.running.keys()]).toEqual(keys.slice(0, 3));
    expect(await verifier.close()).toBeUndefined();
    expect([bench.running.size, bench.kept]).toEqual([0, []]);
  });

  test('begins nothing on a slot that is idle for a moment, or without memory for it', async () => {
    const { verifier, keys } = idle();
    for (const key of keys) verifier.hit(key);
    verifier.offer(slots(2));
    verifier.offer(slots(0));
    await turn();
    verifier.offer(slots(2, -1));
    await turn();
    expect(bench.running.size).toBe(0);
    expect(await verifier.close()).toBeUndefined();
  });

  test('takes the share of the hits that it was given', async () => {
    const draws = [0.1, 0.9, 0.3, 0.7];
    const { verifier, keys } = idle({ share: 0.5, random: () => draws.shift()! });
    for (const key of keys) verifier.hit(key);
    verifier.offer(slots(4));
    await turn();
    expect([...bench.running.keys()]).toEqual([keys[0], keys[2]]);
    await verifier.close();
  });
});
