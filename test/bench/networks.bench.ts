/**
 * What networks cost on `portable`, in CPU time, in this one process: a step of each kind of layer for each
 * multiplication of a weight, against the study's final network; predictions; and the study's whole training, from one
 * sub-epoch of its size. `--quick` takes few rounds.
 */
import { cpus } from 'node:os';
import { networkSpec, networkParams } from '../../pipelines/higgs/training/network.ts';
import { openBackend } from '../../src/ml/backends/backends.ts';
import { openTrainer } from '../../src/ml/backends/open-trainer.ts';
import { graphOf } from '../../src/ml/network/graph-of.ts';
import { initialise } from '../../src/ml/network/initialise.ts';
import type { HiddenLayer, NetworkSpec } from '../../src/ml/network/spec.ts';
import { constantSchedule } from '../../src/ml/training/schedules.ts';
import type { Trainer } from '../../src/ml/training/trainer.ts';
import { referenceSpec, sampleData, streams } from '../ml/samples.ts';
import { goal, goalTable, table } from './goals.ts';
import { ratio, type Spread, spread } from './statistics.ts';

const BATCH = 256;
/** The study's: 200,000 events in ten folds, nine to train on; fifteen epochs; two cores. */
const STUDY = { foldRows: 20_000, subEpochs: 9 * 15, networks: 10, cores: 2 };
const PREDICTED = { rows: 550_000, transformations: 8, networks: 10 };

export async function networksBench(options: readonly string[]): Promise<void> {
  const rounds = options.includes('--quick') ? 5 : 15;
  const backend = await openBackend('portable');
  const data = sampleData(referenceSpec, STUDY.foldRows, 1);
  const open = (spec: NetworkSpec): Trainer => {
    const trainer = openTrainer(backend, spec, { batchSize: BATCH, adam: { beta2: 0.999, epsilon: 1e-3 } });
    trainer.load(initialise(spec, streams(1)('init')));
    return trainer;
  };
  console.log(`portable on one core of ${cpus()[0]!.model}, Node ${process.versions.node}; medians (middle half)`);

  const kinds = networks().map(([name, spec]) => ({ name, spec, trainer: open(spec), products: products(spec) }));
  const times = kinds.map(() => [] as number[]);
  const steps = 100;
  const settings = constantSchedule({ learningRate: 1e-4, beta1: 0.9 })(0);
  for (let round = -1; round < rounds; round++)
    for (const [k, { trainer, products: count }] of kinds.entries()) {
      const seconds = cpuSeconds(() => {
        for (let n = 0; n < steps; n++) {
          const rows = Uint32Array.from({ length: BATCH }, (_, i) => ((n % 64) * BATCH + i) % data.rows);
          trainer.step(data, rows, settings, streams(1)(`dropout/${n}`));
        }
      });
      // The first round warms up.
      if (round >= 0) times[k]!.push(seconds / steps / count);
    }
  const rows = kinds.map(({ name, products: count }, k) => [
    name,
    String(count),
    figure(spread(times[k]!.map((time) => 1 / (time * count))), 0),
    figure(ratio(times[k]!, times[0]!), 2),
  ]);
  console.log(
    `\n${table([['network', 'weights that multiply', 'steps/s', 'time a multiplication, of the dense'], ...rows])}`,
  );
  for (const { trainer } of kinds.slice(1)) trainer.dispose();

  const [{ trainer }] = kinds as [(typeof kinds)[number]];
  const subEpoch: number[] = [];
  const prediction: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const took = cpuSeconds(() => {
      for (let start = 0; start + BATCH <= data.rows; start += BATCH)
        trainer.step(
          data,
          Uint32Array.from({ length: BATCH }, (_, i) => start + i),
          settings,
        );
    });
    const validation = await cpuSecondsOf(trainer.loss(data));
    const predicted = await cpuSecondsOf(trainer.predict(data));
    if (round < 0) continue;
    subEpoch.push(took + validation);
    prediction.push(data.rows / predicted);
  }
  trainer.dispose();
  const whole = subEpoch.map((seconds) => (seconds * STUDY.subEpochs * STUDY.networks) / STUDY.cores);
  const speed = spread(prediction);
  const all = PREDICTED.rows * PREDICTED.transformations * PREDICTED.networks;
  console.log(
    `\npredictions: ${figure(speed, 0)} rows/s a core; ${PREDICTED.rows} rows x ${PREDICTED.transformations} x ${PREDICTED.networks} would take ${(all / speed.median / STUDY.cores).toFixed(0)} s on two cores, from ${data.rows} rows`,
  );
  const training = goal('N1', 'the study: 10 networks, 135 sub-epochs of 20,000 rows, 2 cores', ' s', 75, 50);
  console.log(
    `\n${goalTable([{ goal: training, wall: spread(whole), note: `from one sub-epoch, ${figure(spread(subEpoch), 3)} s of CPU time; without augmentation` }])}`,
  );
}

function networks(): readonly (readonly [string, NetworkSpec])[] {
  const layers = (change: Partial<HiddenLayer>): NetworkSpec => {
    const { depth, width, activation, continuous, embeddings } = referenceSpec;
    const layer = { width, activation, ...change };
    const body = { kind: 'dense', layers: Array.from({ length: depth }, () => layer) } as const;
    return { kind: 'blocks', continuous, embeddings, body, heads: [{ kind: 'sigmoid', outputs: 1 }] };
  };
  const of = (choice: object): NetworkSpec => networkSpec(networkParams.parse(choice));
  return [
    ['dense, the final one', referenceSpec],
    ['4 x 100, plain', of({ depth: 4, width: 100, dense: false })],
    ['split', of({ width: 20, blocks: 'split' })],
    ['bottleneck', of({ width: 20, blocks: 'bottleneck' })],
    ['wide and deep', of({ blocks: 'wide-and-deep' })],
    ['ReLU', layers({ activation: 'relu' })],
    ['SELU', layers({ activation: 'selu' })],
    ['PReLU', layers({ activation: 'prelu' })],
    ['dropout in every layer', layers({ dropout: 0.2 })],
    ['batch norm in every layer', layers({ batchNorm: 'after' })],
  ];
}

/** How many weights one row is multiplied with. */
function products(spec: NetworkSpec): number {
  const { nodes, heads } = graphOf(spec);
  const layers = nodes.reduce((sum, node) => sum + (node.op === 'layer' ? node.fanIn * node.width : 0), 0);
  return heads.reduce((sum, { fanIn, outputs }) => sum + fanIn * outputs, layers);
}

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return since(before);
}

async function cpuSecondsOf(work: Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work;
  return since(before);
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function figure({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}..${high.toFixed(digits)})`;
}
