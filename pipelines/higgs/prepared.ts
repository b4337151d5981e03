/** From events to what networks read: the first stages of every pipeline on these data. */
import { type Builder, externalFile, type OutputRef, remoteFile, type Table } from 'restage';
import type { EventColumn } from './data/columns.ts';
import type { DataOrigin } from './data/data-origin.ts';
import type { DataSource } from './data/data-source.ts';
import { featureParams, type FeatureParams } from './data/features.ts';
import { fitScaler } from './stages/fit-scaler.ts';
import { foldSplit } from './stages/fold-split.ts';
import { preprocess } from './stages/preprocess.ts';
import { read } from './stages/read.ts';
import { simulate } from './stages/simulate.ts';
import { split } from './stages/split.ts';

export interface Preparation {
  readonly source: DataSource;
  readonly origin: DataOrigin;
  /** Default: the number of jets as a category, events as they are. */
  readonly layout?: FeatureParams;
  readonly validationFraction: number;
  readonly trainingFolds: number;
  readonly testFolds: number;
}

/** Adds the stages that read, split, scale and fold; the scaler, and what `higgs/fold-split` gives. */
export function prepared(p: Builder, given: Preparation) {
  const { origin, layout = featureParams.parse({}) } = given;
  const tags = ['data', origin];
  const strata = layout.jets === 'category' ? 'class and jets' : 'class';
  const events = eventsOf(p, given.source, tags);
  const { features } = p.add(preprocess, {
    params: { aligned: layout.aligned, extraMasses: layout.extraMasses },
    inputs: { events },
    tags,
  }).out;
  // Of the events as they are, so that whatever is made of them is split alike.
  const parts = p.add(split, {
    params: { validationFraction: given.validationFraction, strata },
    inputs: { events },
    tags,
  }).out;
  const { scaler } = p.add(fitScaler, {
    params: layout,
    inputs: { features, training: parts.training },
    tags,
  }).out;
  const folded = p.add(foldSplit, {
    params: { trainingFolds: given.trainingFolds, testFolds: given.testFolds, strata },
    inputs: { features, trainingRows: parts.training, validationRows: parts.validation, scaler },
    tags,
  }).out;
  return { scaler, folded };
}

function eventsOf(p: Builder, source: DataSource, tags: string[]): OutputRef<'table', Table<EventColumn>> {
  if ('simulatedEvents' in source)
    return p.add(simulate, { params: { events: source.simulatedEvents }, tags }).out.events;
  const file = 'remote' in source ? remoteFile(source.remote) : externalFile(source.path);
  return p.add(read, { params: {}, inputs: { file }, tags }).out.events;
}
