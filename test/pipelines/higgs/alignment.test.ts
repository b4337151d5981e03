import fc from 'fast-check';
import { type Table, tableOf } from 'restage';
import { describe, expect, test } from 'vitest';
import { aligned } from '../../../pipelines/higgs/data/alignment.ts';
import { type EventColumn, MISSING } from '../../../pipelines/higgs/data/columns.ts';
import { featureTable } from '../../../pipelines/higgs/data/features.ts';
import { simulate } from '../../../pipelines/higgs/simulation/simulate.ts';
import { streams } from '../streams.ts';

const events = simulate(500, streams(1));
const VECTORS = ['PRI_tau', 'PRI_lep', 'PRI_met', 'PRI_jet_leading', 'PRI_jet_subleading'] as const;

/** The same collisions, turned about the beam and reflected. */
function seenOtherwise(
  table: Table<EventColumn>,
  angle: number,
  flipPhi: boolean,
  flipEta: boolean,
): Table<EventColumn> {
  const changed = Object.entries(table.columns).map(([name, column]) => [
    name,
    column.map((value) => {
      if (value === MISSING) return value;
      if (name.endsWith('_eta')) return flipEta ? -value : value;
      if (!/^PRI.*_phi$/.test(name)) return value;
      const turned = (flipPhi ? -value : value) + angle;
      return turned > Math.PI ? turned - 2 * Math.PI : turned < -Math.PI ? turned + 2 * Math.PI : turned;
    }),
  ]);
  return tableOf(Object.fromEntries(changed) as Table<EventColumn>['columns']);
}

describe('aligned events', () => {
  test('have the lepton at phi 0 and eta of at least 0, the tau at phi of at least 0, and nothing else changed', () => {
    const { columns } = aligned(events);
    for (let row = 0; row < events.rows; row++) {
      expect(columns.PRI_lep_phi[row]).toBe(0);
      expect(columns.PRI_lep_eta[row]).toBeGreaterThanOrEqual(0);
      expect(columns.PRI_tau_phi[row]).toBeGreaterThanOrEqual(0);
    }
    for (const [name, column] of Object.entries(events.columns))
      if (!/_(phi|eta)$/.test(name)) expect(columns[name as EventColumn]).toBe(column);
    const features = featureTable(aligned(events)).columns;
    expect(features.PRI_lep_py.every((value) => value === 0)).toBe(true);
  });

  test('are the same however a collision is turned or reflected', () => {
    const { columns } = aligned(events);
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.boolean(),
        fc.boolean(),
        (angle, flipPhi, flipEta) => {
          const other = aligned(seenOtherwise(events, angle, flipPhi, flipEta)).columns;
          for (const vector of VECTORS)
            for (const [row, phi] of columns[`${vector}_phi`].entries())
              // Of two angles near pi and -pi, the sense is rounding.
              expect(Math.cos(other[`${vector}_phi`][row]!)).toBeCloseTo(Math.cos(phi), 5);
          for (const vector of VECTORS.filter((name) => name !== 'PRI_met'))
            expect(other[`${vector}_eta`]).toEqual(columns[`${vector}_eta`]);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('keep missing what is missing', () => {
    const { columns } = aligned(events);
    const missing = Array.from(events.columns.PRI_jet_leading_phi.keys()).filter(
      (row) => events.columns.PRI_jet_leading_phi[row] === MISSING,
    );
    expect(missing.length).toBeGreaterThan(0);
    for (const row of missing) {
      expect(columns.PRI_jet_leading_phi[row]).toBe(MISSING);
      expect(columns.PRI_jet_leading_eta[row]).toBe(MISSING);
    }
  });
});
