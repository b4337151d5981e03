/** Whole simulated files: events tables with the columns, sets, multiplicities and sums of weights of the open data. */
import { type Random, type RandomStreams, type Table, tableOf } from 'restage';
import { DERIVED, EVENT_COLUMNS, type EventColumn, LABELS, MISSING, SETS } from '../data/columns.ts';
import { derive, type Particle } from '../data/derived.ts';
import { generate } from './generator.ts';
import { layOut } from './lay-out.ts';
import { estimateMass } from './mass-estimate.ts';
import type { Cell } from './processes.ts';

/**
 * `events` simulated events. The first 250,000 are KaggleSet t, the next 100,000 b, the next 450,000 v, the rest u; in
 * each set the weights of signal and background add up to the official sums, however few events there are.
 */
export function simulate(events: number, rng: RandomStreams): Table<EventColumn> {
  const columns = Object.fromEntries(EVENT_COLUMNS.map((name) => [name, columnFor(name, events)])) as Columns;
  const kinematics = rng('kinematics');
  let row = 0;
  for (const { set, cell, weight } of layOut(events, rng('order'))) {
    putEvent(columns, row, cell, kinematics);
    columns.EventId[row] = FIRST_ID + row;
    columns.KaggleSet[row] = SETS[set];
    columns.KaggleWeight[row] = weight;
    row++;
  }
  return tableOf(columns);
}

/** The first EventId of the open data. */
const FIRST_ID = 100_000;

type Columns = Record<EventColumn, Float32Array | Float64Array | Int32Array | Uint8Array>;

function columnFor(name: EventColumn, events: number): Columns[EventColumn] {
  if (name === 'KaggleWeight') return new Float64Array(events);
  if (name === 'EventId') return new Int32Array(events);
  return name === 'Label' || name === 'KaggleSet' ? new Uint8Array(events) : new Float32Array(events);
}

function putEvent(columns: Columns, row: number, { process, jets }: Cell, random: Random): void {
  const event = generate(process.name, jets, random);
  const put = (name: EventColumn, value: number | undefined): void => {
    columns[name][row] = asInFile(value);
  };
  const derived = derive(event);
  for (const name of DERIVED) if (name !== 'DER_mass_MMC') put(name, derived[name]);
  put('DER_mass_MMC', estimateMass(event, event.metResolutionGeV));
  put('PRI_met', event.metGeV);
  put('PRI_met_phi', event.metPhi);
  put('PRI_met_sumet', event.sumEtGeV);
  put('PRI_jet_num', jets);
  put('PRI_jet_all_pt', event.jetAllPtGeV);
  putParticle(columns, row, VECTORS.tau, event.tau);
  putParticle(columns, row, VECTORS.lep, event.lep);
  putParticle(columns, row, VECTORS.leading, event.leading);
  putParticle(columns, row, VECTORS.subleading, event.subleading);
  columns.Label[row] = process.signal ? LABELS.s : LABELS.b;
}

/** The columns that hold the momentum, pseudorapidity and azimuth of each particle. */
const VECTORS = {
  tau: ['PRI_tau_pt', 'PRI_tau_eta', 'PRI_tau_phi'],
  lep: ['PRI_lep_pt', 'PRI_lep_eta', 'PRI_lep_phi'],
  leading: ['PRI_jet_leading_pt', 'PRI_jet_leading_eta', 'PRI_jet_leading_phi'],
  subleading: ['PRI_jet_subleading_pt', 'PRI_jet_subleading_eta', 'PRI_jet_subleading_phi'],
} as const;

function putParticle(
  columns: Columns,
  row: number,
  [pt, eta, phi]: readonly [EventColumn, EventColumn, EventColumn],
  particle: Particle | undefined,
): void {
  columns[pt][row] = asInFile(particle?.ptGeV);
  columns[eta][row] = asInFile(particle?.eta);
  columns[phi][row] = asInFile(particle?.phi);
}

/** Three decimals, and -999 for undefined. */
function asInFile(value: number | undefined): number {
  return value === undefined ? MISSING : Math.round(value * 1000) / 1000;
}
