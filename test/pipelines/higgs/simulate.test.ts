import { beforeAll, describe, expect, test } from 'vitest';
import { DERIVED, type EventColumn, LABELS, MISSING, PRIMITIVE, SETS } from '../../../pipelines/higgs/data/columns.ts';
import { derive, type Particle } from '../../../pipelines/higgs/data/derived.ts';
import { checkEvents } from '../../../pipelines/higgs/data/read-events.ts';
import { layOut, setSizes } from '../../../pipelines/higgs/simulation/lay-out.ts';
import { OFFICIAL_SUMS, PROCESSES } from '../../../pipelines/higgs/simulation/processes.ts';
import { simulate } from '../../../pipelines/higgs/simulation/simulate.ts';
import { streams } from '../streams.ts';

const EVENTS = 12_000;
let events: ReturnType<typeof simulate>;
beforeAll(() => {
  events = simulate(EVENTS, streams(1));
});

const rows = (): number[] => Array.from({ length: EVENTS }, (_, row) => row);

/** The median of a column over the rows where it is defined. */
function median(column: EventColumn, among: number[]): number {
  const values = among.map((row) => events.columns[column][row]!).filter((value) => value !== MISSING);
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

describe('the table of simulated processes', () => {
  test('has the numbers of events by class and by number of jets of the 250,000 training events', () => {
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    const of = (signal: boolean): number => sum(PROCESSES.filter((p) => p.signal === signal).map((p) => sum(p.events)));
    expect([of(true), of(false)]).toEqual([85_667, 164_333]);
    const jets = [0, 1, 2, 3].map((n) => sum(PROCESSES.map((process) => process.events[n]!)));
    expect(jets).toEqual([99_913, 77_544, 50_379, 22_164]);
  });
});

describe('a simulated file', () => {
  test('fills the sets in order: 250,000 t, 100,000 b, 450,000 v, the rest u', () => {
    const sizes = (n: number): number[] => setSizes(n).map(({ size }) => size);
    expect(sizes(20_000)).toEqual([20_000, 0, 0, 0]);
    expect(sizes(300_000)).toEqual([250_000, 50_000, 0, 0]);
    expect(sizes(818_238)).toEqual([250_000, 100_000, 450_000, 18_238]);
    expect(setSizes(818_238).map(({ set }) => set)).toEqual(['t', 'b', 'v', 'u']);
  });

  test('has the official sums of weights in each set, whatever its size', () => {
    const sums = { t: [0, 0], b: [0, 0], v: [0, 0], u: [0, 0] };
    const jets = [0, 0, 0, 0];
    let signals = 0;
    for (const { set, cell, weight } of layOut(250_600, streams(2)('order'))) {
      sums[set][cell.process.signal ? LABELS.s : LABELS.b]! += weight;
      if (set !== 't') continue;
      jets[cell.jets]!++;
      if (cell.process.signal) signals++;
    }
    for (const set of ['t', 'b'] as const) {
      expect(sums[set][LABELS.s]).toBeCloseTo(OFFICIAL_SUMS.signal, 6);
      expect(sums[set][LABELS.b]).toBeCloseTo(OFFICIAL_SUMS.background, 4);
    }
    // All of set t: the exact numbers of the open data.
    expect(jets).toEqual([99_913, 77_544, 50_379, 22_164]);
    expect(signals).toBe(85_667);
  });

  test('has in each row the set, the label, the jets and the weight that its place has', () => {
    const { columns } = events;
    const places = [...layOut(EVENTS, streams(1)('order'))];
    expect(Array.from(columns.KaggleSet)).toEqual(places.map(({ set }) => SETS[set]));
    expect(Array.from(columns.Label)).toEqual(places.map(({ cell }) => (cell.process.signal ? LABELS.s : LABELS.b)));
    expect(Array.from(columns.PRI_jet_num)).toEqual(places.map(({ cell }) => cell.jets));
    expect(Array.from(columns.KaggleWeight)).toEqual(places.map(({ weight }) => weight));
  });

  test('is the same for the same seed and differs for another', () => {
    expect(simulate(200, streams(1))).toEqual(simulate(200, streams(1)));
    expect(simulate(200, streams(1))).not.toEqual(simulate(200, streams(2)));
  });

  test('is accepted by the reader of open data', () => {
    expect(() => checkEvents(events, 'simulated')).not.toThrow();
  });
});

describe('simulated events', () => {
  test('pass the cuts of the challenge, with values rounded to three decimals', () => {
    const { columns } = events;
    for (const row of rows()) {
      const value = (name: EventColumn): number => columns[name][row]!;
      const passes =
        value('PRI_tau_pt') >= 20 &&
        value('PRI_lep_pt') >= 26 &&
        Math.abs(value('PRI_tau_eta')) <= 2.5 &&
        Math.abs(value('PRI_lep_eta')) <= 2.5 &&
        (value('PRI_jet_num') < 1 || value('PRI_jet_leading_pt') >= 30) &&
        (value('PRI_jet_num') < 2 || value('PRI_jet_subleading_pt') <= value('PRI_jet_leading_pt'));
      if (!passes) expect.fail(`row ${row} does not pass`);
      for (const name of [...DERIVED, ...PRIMITIVE])
        if (value(name) !== Math.fround(Math.round(value(name) * 1000) / 1000)) expect.fail(`row ${row}, ${name}`);
    }
  });

  test('are -999 exactly where the challenge has it', () => {
    const { columns } = events;
    for (const row of rows()) {
      const jets = columns.PRI_jet_num[row]!;
      for (const name of [...DERIVED, ...PRIMITIVE]) {
        if (name === 'DER_mass_MMC') continue;
        const needs = /jet_leading/.test(name) ? 1 : /subleading|jet_jet|lep_eta_centrality/.test(name) ? 2 : 0;
        if ((columns[name][row] === MISSING) !== jets < needs) expect.fail(`row ${row}, ${name} with ${jets} jets`);
      }
    }
    const missing = rows().filter((row) => columns.DER_mass_MMC[row] === MISSING).length;
    expect(missing / EVENTS).toBeGreaterThan(0.1);
    expect(missing / EVENTS).toBeLessThan(0.2);
  });

  test('have derived columns that follow from the measured ones', () => {
    const { columns } = events;
    for (const row of rows().slice(0, 2000)) {
      const particle = (name: 'tau' | 'lep' | 'jet_leading' | 'jet_subleading'): Particle => ({
        ptGeV: columns[`PRI_${name}_pt`][row]!,
        eta: columns[`PRI_${name}_eta`][row]!,
        phi: columns[`PRI_${name}_phi`][row]!,
      });
      const jets = columns.PRI_jet_num[row]!;
      const derived = derive({
        tau: particle('tau'),
        lep: particle('lep'),
        metGeV: columns.PRI_met[row]!,
        metPhi: columns.PRI_met_phi[row]!,
        leading: jets >= 1 ? particle('jet_leading') : undefined,
        subleading: jets >= 2 ? particle('jet_subleading') : undefined,
        jetAllPtGeV: columns.PRI_jet_all_pt[row]!,
      });
      for (const name of ['DER_sum_pt', 'DER_deltar_tau_lep', 'DER_mass_vis', 'DER_pt_h'] as const)
        expect(Math.abs(derived[name]! - columns[name][row]!)).toBeLessThan(0.1 + 0.001 * columns[name][row]!);
    }
  });

  test('have masses that peak where they should', () => {
    const { columns } = events;
    const signal = rows().filter((row) => columns.Label[row] === LABELS.s);
    expect(median('DER_mass_MMC', signal)).toBeGreaterThan(117);
    expect(median('DER_mass_MMC', signal)).toBeLessThan(127);
    // The heaviest weights are those of Z -> tau tau without jets.
    const heaviest = Math.max(...columns.KaggleWeight);
    const z = rows().filter((row) => columns.KaggleWeight[row] === heaviest);
    expect(median('DER_mass_MMC', z)).toBeGreaterThan(86);
    expect(median('DER_mass_MMC', z)).toBeLessThan(97);
    // W -> l nu has its transverse mass just below 80 GeV, where Z and H have little.
    const background = rows().filter((row) => columns.Label[row] === LABELS.b && !z.includes(row));
    const near = (among: number[]): number =>
      among.filter((row) => Math.abs(columns.DER_mass_transverse_met_lep[row]! - 75) < 15).length / among.length;
    expect(near(background)).toBeGreaterThan(3 * near(z));
  });

  test('of vector-boson fusion have jets far apart', () => {
    const { columns } = events;
    const apart = (label: number): number =>
      median(
        'DER_deltaeta_jet_jet',
        rows().filter((row) => columns.Label[row] === label),
      );
    expect(apart(LABELS.s)).toBeGreaterThan(1.5 * apart(LABELS.b));
  });
});
