/** The stage that trains all networks of the ensemble at the same time, as one program where the backend can. */
import {
  DataError,
  type InputSlots,
  json,
  type OutputValues,
  stage,
  type StageContext,
  type Tensors,
  weights,
} from 'restage';
import type { Trainer } from 'restage/ml';
import { z } from 'zod';
import type { OnData } from '../data/data-origin.ts';
import { joined } from '../training/ensemble.ts';
import {
  foldNetwork,
  foldTrainingParams,
  type FoldTraining,
  trainerOptions,
  type TrainingReport,
  trainOnFolds,
} from '../training/fold-training.ts';
import { type SharedCheckpoint, sharedCheckpoint } from '../training/shared-checkpoint.ts';
import { type Demand as TrainerDemand, sharedTrainers } from '../training/shared-trainers.ts';

const params = z.strictObject({
  /** How many: those that are validated on the first folds. */
  networks: z.int().positive(),
  ...foldTrainingParams,
});
const inputs = { training: weights() };
const outputs = {
  networks: weights(),
  reports: json<readonly OnData<TrainingReport>[]>(),
  snapshots: weights(),
};

interface Demand extends TrainerDemand {
  readonly training: Tensors;
}

type NodeContext = StageContext<z.output<typeof params>, typeof inputs>;

/**
 * What `higgs/train-fold` does once a fold, in one node; draws are named by the fold. Outputs are in the order of
 * folds: the tensors of fold 3 begin with `3/`. One training that fails ends all of its node. Nodes of several seeds or
 * branches that go together are one program for each shape of network.
 */
export const trainFolds = stage({
  name: 'higgs/train-folds',
  description: 'the networks at the same time, each validated on one fold and trained on the others',
  params,
  inputs,
  outputs,
  random: true,
  compute: true,
  run: (context) => trainNodes([context])[0]!,
  runTogether: trainNodes,
});

function trainNodes(contexts: readonly NodeContext[]): readonly Promise<OutputValues<typeof outputs>>[] {
  const demands = contexts.map(async (context): Promise<Demand> => {
    const training = await context.inputs.training.read();
    const { networks, ...how } = context.params;
    return { training, networks, spec: foldNetwork(how, training), options: trainerOptions(how) };
  });
  const opened = Promise.allSettled(demands).then((all) =>
    sharedTrainers(
      contexts[0]!.backend,
      all.flatMap((demand) => (demand.status === 'fulfilled' ? [demand.value] : [])),
    ),
  );
  return contexts.map(async (context, n) => {
    const demand = await demands[n]!;
    const trainersOf = await opened;
    return trainNode(context, demand.training, trainersOf(demand));
  });
}

async function trainNode(
  { params: { networks, ...how }, ...context }: NodeContext,
  training: Tensors,
  trainers: readonly Trainer[],
): Promise<OutputValues<typeof outputs>> {
  const checkpoint = sharedCheckpoint(context.checkpoint, networks);
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const progress = together(context.progress);
  const results = await Promise.allSettled(
    trainers.map(async (trainer, fold) => {
      const own = { ...ofFold(context, fold, checkpoint), signal, progress: progress(fold) };
      try {
        return await trainOnFolds({ ...own, fold, params: how, training, trainer });
      } catch (error) {
        const named = error instanceof DataError ? new DataError(`Fold ${fold}: ${error.message}`) : error;
        failed.abort(named);
        throw named;
      } finally {
        checkpoint.ended(fold);
        trainer.dispose();
      }
    }),
  );
  context.signal.throwIfAborted();
  failed.signal.throwIfAborted();
  const trained = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return {
    networks: joined(trained.map(({ network }) => network)),
    reports: trained.map(({ report }) => report),
    snapshots: joined(trained.map(({ snapshots }) => snapshots)),
  };
}

type Context = Pick<StageContext<unknown, InputSlots>, 'rng' | 'log' | 'metric' | 'trace' | 'progress'>;

/** The context of one fold's training: what it draws and tells has the fold's name. */
function ofFold(
  { rng, log, metric, trace }: Context,
  fold: number,
  checkpoint: SharedCheckpoint,
): Pick<FoldTraining, 'rng' | 'log' | 'metric' | 'trace' | 'checkpoint'> {
  const named = (name: string): string => `fold ${fold} ${name}`;
  return {
    rng: (stream) => rng(`${fold}/${stream}`),
    log: (message) => log(`fold ${fold}: ${message}`),
    metric: (name, value, step) => metric(named(name), value, step),
    trace: (name, value, step) => trace(named(name), value as never, step),
    checkpoint: checkpoint.of(fold),
  };
}

/** The progress of several trainings as the sum of theirs. */
function together(progress: Context['progress']): (fold: number) => Context['progress'] {
  const known = new Map<number, readonly [done: number, total: number]>();
  return (fold) => (done, total, note) => {
    known.set(fold, [done, total]);
    const sum = (at: 0 | 1): number => [...known.values()].reduce((all, each) => all + each[at], 0);
    progress(sum(0), sum(1), note);
  };
}
