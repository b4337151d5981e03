/** The reference pipeline, tiny, on the command line: the same bytes every time, and nothing twice. */
import { beforeAll, describe, expect, test } from 'vitest';
import { makeInProcessReferenceProject } from '../helpers/in-process-project.ts';
import type { RunResult } from '../helpers/run-result.ts';
import { HIGGS, settingWords, TINY_HIGGS } from '../helpers/tiny-higgs.ts';

const TINY = settingWords(TINY_HIGGS);

const NODES = 15;

/** The pipeline's own. */
const PEAK = 0.01;

describe('the HiggsML pipeline', () => {
  const project = makeInProcessReferenceProject();

  async function run(...args: readonly string[]): Promise<RunResult> {
    const jobs = args.includes('-j') ? [] : ['-j', '1'];
    const words = ['run', HIGGS, '--cache', project.cache, '--reporter', 'json', ...jobs, ...TINY, ...args];
    const result = await project.runOf(words);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    return result;
  }
  const ran = ({ outcomes }: RunResult): readonly string[] =>
    Object.entries(outcomes)
      .flatMap(([node, outcome]) => (outcome === 'ran' ? [node] : []))
      .sort();

  let cold: RunResult;
  let keys: readonly string[];
  let outputs: Readonly<Record<string, string>>;
  beforeAll(async () => {
    // Nothing that it reaches is undeclared, either.
    cold = await run('-j', '1', '--strict');
    expect(cold.report!.counts).toEqual({ hit: 0, 'cut-off': 0, ran: NODES, failed: 0, skipped: 0 });
    keys = project.stateKeys();
    outputs = project.outputs();
  });

  test('gives the same bytes for every output, with one worker or two, in any order', async () => {
    const first = project.cache;
    // Wholly new: what it knows of the code must come out the same, too.
    project.cache = project.beside('second');
    try {
      const again = await run('-j', '2');
      expect(again.report!.counts.ran).toBe(NODES);
      expect(project.outputs()).toEqual(outputs);
      expect(Object.keys(outputs).length).toBeGreaterThan(NODES);
      expect(project.stateKeys()).toEqual(keys);
    } finally {
      project.cache = first;
    }
  });

  test('executes nothing the second time, whoever asks', async () => {
    expect(ran(await run())).toEqual([]);
    expect(ran(await run('score', 'lr-find'))).toEqual([]);
    expect(project.stateKeys()).toEqual(keys);
  });

  test('executes only the nodes below a changed parameter of the cut', async () => {
    expect(ran(await run('-S', 'cut.topPercent=20'))).toEqual(['cut-optimise', 'score', 'submission']);
  });

  test('keeps folds and initial weights under another learning rate', async () => {
    // So small that no weight moves: what comes out is what went in, whatever the rate.
    const tiny = await run('-S', 'train.learningRatePeak=1e-50', '-S', 'train.learningRateStart=0');
    const before = project.outputs();
    expect(ran(tiny)).toEqual(expect.arrayContaining(['train-fold@fold=0', 'train-fold@fold=1', 'train-fold@fold=2']));
    expect(tiny.outcomes['fold-split']).toBe('hit');
    const other = await run('-S', 'train.learningRatePeak=3e-50', '-S', 'train.learningRateStart=0');
    expect(ran(other)).toEqual(['train-fold@fold=0', 'train-fold@fold=1', 'train-fold@fold=2']);
    expect(other.outcomes['ensemble']).toBe('cut-off');
    const after = project.outputs();
    for (const fold of [0, 1, 2]) {
      expect(after[`train-fold@fold=${fold}.network`]).toBe(before[`train-fold@fold=${fold}.network`]);
      expect(after[`train-fold@fold=${fold}.network`]).not.toBe(outputs[`train-fold@fold=${fold}.network`]);
    }
    // Three networks, three beginnings.
    expect(new Set([0, 1, 2].map((fold) => after[`train-fold@fold=${fold}.network`])).size).toBe(3);
  });

  test('keeps the order of batches under another learning rate', async () => {
    const one = losses(cold);
    const close = losses(await run('train-fold', '-S', `train.learningRatePeak=${PEAK * (1 + 1e-6)}`));
    const seeds = project.query(
      `SELECT DISTINCT v.digest FROM state s JOIN name n ON n.id = s.stage JOIN state_field f ON f.state = s.id
       JOIN name m ON m.id = f.name JOIN field_value v ON v.id = f.value WHERE n.text = 'higgs/train-fold' AND m.text = 'seed'`,
    );
    // One for each fold, whatever has been changed so far.
    expect(seeds).toHaveLength(3);
    expect(one).toHaveLength(18);
    // Other batches would be seen in the second digit; rates that close, in the same batches, hardly at all.
    for (const [i, loss] of close.entries()) expect(Math.abs(loss - one[i]!)).toBeLessThan(1e-4);
    expect(close).not.toEqual(one);
  });

  test('draws everything again with another seed', async () => {
    const other = await run('--seed', '7');
    expect(ran(other).length).toBe(NODES);
    const changed = Object.entries(project.outputs()).filter(([output, digest]) => outputs[output] !== digest);
    expect(changed.length).toBeGreaterThan(NODES);
  });
});

/** Validation losses of all folds, sub-epoch by sub-epoch. */
function losses({ events }: RunResult): readonly number[] {
  return events
    .flatMap((event) => (event.type === 'node-metric' && event.name === 'validation loss' ? [event] : []))
    .sort((a, b) => a.node.localeCompare(b.node) || (a.step ?? 0) - (b.step ?? 0))
    .map(({ value }) => value);
}
