/** A run verifies some of its hits on slots that it leaves idle. */
import { describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { makeProject } from '../helpers/project.ts';

const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass } from './lab.ts';

const numbers = { out: json<number>() };
export const honest = stage({ name: 'lab/honest', params: z.strictObject({}), inputs: {}, outputs: numbers, run: () => ({ out: 1 }) });
export const unseeded = stage({ name: 'lab/unseeded', params: z.strictObject({}), inputs: {}, outputs: numbers,
  run: () => ({ out: Math.random() }) });
export const endless = stage({ name: 'lab/endless', params: z.strictObject({}), inputs: {}, outputs: numbers,
  async run({ signal }) { await pass('endless', signal); return { out: 1 }; } });
export const slow = stage({ name: 'lab/slow', params: z.strictObject({ gate: z.string() }), inputs: {}, outputs: numbers,
  async run({ params, signal }) { await pass(params.gate, signal); return { out: 2 }; } });
export default pipeline({ name: 'idle', params: z.strictObject({ gate: z.string().default('first'), endless: z.boolean().default(false) }),
  build(p, { gate, endless: isEndless }) {
    if (isEndless) p.add(endless, { params: {} });
    else for (const each of [honest, unseeded]) p.add(each, { params: {} });
    return { out: p.add(slow, { params: { gate } }).out.out };
  } });
`;

describe('run --in-idle', () => {
  test('verifies hits while a node keeps the run waiting, and says at its end what came of it', async () => {
    const project = makeProject('lab').write('index.ts', PIPELINE);
    project.open('first');
    expect((await project.run()).code).toBe(0);
    const live = await project.startRun(['-S', 'gate=second', '-j', '2', '--in-idle', '100%']);
    await eventually(() => project.count('verification') === 2);
    project.open('second');
    const { code, outcomes, events } = await live.result;
    expect(code).toBe(0);
    expect(outcomes).toEqual({ honest: 'hit', unseeded: 'hit', slow: 'ran' });
    const said = events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(
      /^Verified in idle time: 1 (same bytes|diverged), 1 (same bytes|diverged) \(unseeded\); restage show tells more of each\.$/,
    );
    expect(project.query('SELECT verdict FROM verification ORDER BY verdict')).toEqual([
      { verdict: 'diverged' },
      { verdict: 'same' },
    ]);
    expect(project.complaints()).toEqual([]);
  });

  test('does not wait at its end for what is in flight', async () => {
    const project = makeProject('lab').write('index.ts', PIPELINE);
    for (const gate of ['first', 'endless']) project.open(gate);
    expect((await project.run(['-S', 'endless=true'])).code).toBe(0);
    project.close('endless');
    const live = await project.startRun(['-S', 'endless=true', '-S', 'gate=second', '-j', '2', '--in-idle', '100%']);
    // Time enough for it to begin; whether it has begun or not, the run ends.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    project.open('second');
    const { code, outcomes } = await live.result;
    expect([code, outcomes]).toEqual([0, { endless: 'hit', slow: 'ran' }]);
    expect(project.count('verification')).toBe(0);
    expect(project.complaints()).toEqual([]);
  });
});
