import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { augmented, testSymmetries, transformed } from '../../../pipelines/higgs/data/augmentation.ts';
import { CONTINUOUS } from '../../../pipelines/higgs/data/features.ts';
import { streams } from '../streams.ts';

const at = (name: (typeof CONTINUOUS)[number]): number => CONTINUOUS.indexOf(name);
const VECTORS = ['PRI_tau', 'PRI_lep', 'PRI_jet_leading', 'PRI_jet_subleading', 'PRI_met'] as const;
const MOVED = new Set<string>(VECTORS.flatMap((vector) => [`${vector}_px`, `${vector}_py`, `${vector}_pz`]));

const row = fc
  .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: CONTINUOUS.length, maxLength: CONTINUOUS.length })
  .map((values) => Float32Array.from(values, (value) => value + 0));

/** -0 and 0 are the same momentum. */
const plain = (values: Float32Array): number[] => Array.from(values, (value) => value + 0);

describe('the symmetries of test-time augmentation', () => {
  test('are 8 with 2 rotations and 32 with 8, the first of them the identity', () => {
    expect(testSymmetries(2)).toHaveLength(8);
    expect(testSymmetries(8)).toHaveLength(32);
    const rows = Float32Array.from({ length: 2 * CONTINUOUS.length }, (_, i) => Math.fround(i / 7));
    for (const rotations of [2, 8])
      expect(plain(transformed(rows, testSymmetries(rotations)[0]!))).toEqual(plain(rows));
  });

  test('are numbered by reflection first, then by angle', () => {
    expect(testSymmetries(2)).toEqual([
      { angle: 0, flipY: false, flipZ: false },
      { angle: Math.PI, flipY: false, flipZ: false },
      { angle: 0, flipY: true, flipZ: false },
      { angle: Math.PI, flipY: true, flipZ: false },
      { angle: 0, flipY: false, flipZ: true },
      { angle: Math.PI, flipY: false, flipZ: true },
      { angle: 0, flipY: true, flipZ: true },
      { angle: Math.PI, flipY: true, flipZ: true },
    ]);
    expect(testSymmetries(8)[11]!.angle).toBeCloseTo((2 * Math.PI * 3) / 8, 12);
  });

  test('with 2 rotations are all different, and each undoes itself', () => {
    fc.assert(
      fc.property(row, (rows) => {
        for (const symmetry of testSymmetries(2))
          expect(plain(transformed(transformed(rows, symmetry), symmetry))).toEqual(plain(rows));
      }),
    );
    const rows = Float32Array.from({ length: CONTINUOUS.length }, (_, i) => i + 1);
    expect(new Set(testSymmetries(2).map((symmetry) => plain(transformed(rows, symmetry)).join())).size).toBe(8);
  });
});

describe('a rotation', () => {
  test('turns (px, py) of all five vectors by its angle and leaves the rest', () => {
    fc.assert(
      fc.property(row, fc.double({ min: -4, max: 4, noNaN: true }), (rows, angle) => {
        const turned = transformed(rows, { angle, flipY: false, flipZ: false });
        for (const vector of VECTORS) {
          const [x, y] = [rows[at(`${vector}_px`)]!, rows[at(`${vector}_py`)]!];
          expect(turned[at(`${vector}_px`)]).toBeCloseTo(x * Math.cos(angle) - y * Math.sin(angle), 4);
          expect(turned[at(`${vector}_py`)]).toBeCloseTo(x * Math.sin(angle) + y * Math.cos(angle), 4);
        }
        for (const [column, name] of CONTINUOUS.entries())
          if (!/_p[xy]$/.test(name)) expect(turned[column]).toBe(rows[column]);
      }),
    );
  });
});

describe('a reflection', () => {
  test('changes the sign of every py, or of every pz, and nothing else', () => {
    const rows = Float32Array.from({ length: CONTINUOUS.length }, (_, i) => i + 1);
    for (const [symmetry, ending] of [
      [{ angle: 0, flipY: true, flipZ: false }, '_py'],
      [{ angle: 0, flipY: false, flipZ: true }, '_pz'],
    ] as const) {
      const flipped = transformed(rows, symmetry);
      const changed = CONTINUOUS.filter((_, column) => flipped[column] !== rows[column]);
      expect(changed).toEqual(CONTINUOUS.filter((name) => name.endsWith(ending)));
      for (const name of changed) expect(flipped[at(name)]).toBe(-rows[at(name)]!);
    }
  });
});

describe('random augmentation', () => {
  const events = 4000;
  const rows = Float32Array.from({ length: events * CONTINUOUS.length }, (_, i) => 1 + (i % CONTINUOUS.length));

  test('keeps the lengths and the angles between the transverse vectors of each event', () => {
    const result = augmented(rows, streams(1)('augment'));
    let worst = 0;
    let touched = 0;
    for (let start = 0; start < rows.length; start += CONTINUOUS.length) {
      const dot = (values: Float32Array, vector: (typeof VECTORS)[number]): number =>
        values[start + at(`${vector}_px`)]! * values[start + at('PRI_tau_px')]! +
        values[start + at(`${vector}_py`)]! * values[start + at('PRI_tau_py')]!;
      for (const vector of VECTORS) worst = Math.max(worst, Math.abs(dot(result, vector) / dot(rows, vector) - 1));
      for (const [column, name] of CONTINUOUS.entries())
        if (!MOVED.has(name) && result[start + column] !== rows[start + column]) touched++;
    }
    expect(worst).toBeLessThan(1e-5);
    expect(touched).toBe(0);
  });

  test('takes every angle and each reflection about as often, one whether or not the other', () => {
    const result = augmented(rows, streams(2)('augment'));
    const quadrants = new Float64Array(4);
    let flippedZ = 0;
    let flippedY = 0;
    let flippedBoth = 0;
    for (let start = 0; start < rows.length; start += CONTINUOUS.length) {
      const [x, y] = [result[start + at('PRI_tau_px')]!, result[start + at('PRI_tau_py')]!];
      quadrants[(x > 0 ? 1 : 0) + (y > 0 ? 2 : 0)]!++;
      const isFlippedZ = result[start + at('PRI_lep_pz')]! < 0;
      if (isFlippedZ) flippedZ++;
      // The sense of turning from tau to lepton changes with a reflection, and with nothing else.
      const turn = (values: Float32Array): number =>
        values[start + at('PRI_tau_px')]! * values[start + at('PRI_lep_py')]! -
        values[start + at('PRI_tau_py')]! * values[start + at('PRI_lep_px')]!;
      const isFlippedY = turn(result) * turn(rows) < 0;
      if (isFlippedY) flippedY++;
      if (isFlippedY && isFlippedZ) flippedBoth++;
    }
    for (const count of [...quadrants, flippedBoth])
      expect(Math.abs(count - events / 4)).toBeLessThan(4.5 * Math.sqrt(events * 0.1875));
    for (const count of [flippedY, flippedZ])
      expect(Math.abs(count - events / 2)).toBeLessThan(4.5 * Math.sqrt(events / 4));
  });

  test('leaves an absent jet at zero and does not touch what it is given', () => {
    const zeros = new Float32Array(10 * CONTINUOUS.length);
    expect(plain(augmented(zeros, streams(3)('augment')))).toEqual(plain(zeros));
    const before = Float32Array.from(rows);
    const into = new Float32Array(rows.length);
    expect(augmented(rows, streams(4)('augment'), into)).toBe(into);
    expect(rows).toEqual(before);
    expect(into).toEqual(augmented(rows, streams(4)('augment')));
  });
});

describe('symmetries of measured momenta', () => {
  const means = Float64Array.from(CONTINUOUS, (_, n) => Math.sin(n));
  const scales = Float64Array.from(CONTINUOUS, (_, n) => 1 + (n % 3));
  const frame = { width: CONTINUOUS.length, measured: { means, scales } };
  const measuredOf = (rows: Float32Array): Float32Array => rows.map((x, n) => x * scales[n]! + means[n]!);

  test('are those of standardised columns after measuring, and before standardising again', () => {
    fc.assert(
      fc.property(row, fc.double({ min: -4, max: 4, noNaN: true }), fc.boolean(), fc.boolean(), (rows, angle, y, z) => {
        fc.pre(rows.every((value) => value !== 0));
        const symmetry = { angle, flipY: y, flipZ: z };
        const found = measuredOf(transformed(rows, symmetry, frame));
        for (const [n, value] of transformed(measuredOf(rows), symmetry).entries())
          expect(found[n]).toBeCloseTo(value, 3);
      }),
    );
  });

  test('leave an absent jet at zero', () => {
    const zeros = new Float32Array(10 * CONTINUOUS.length);
    expect(plain(augmented(zeros, streams(3)('augment'), new Float32Array(zeros.length), frame))).toEqual(plain(zeros));
  });

  test('leave further columns alone', () => {
    const wide = Float32Array.from({ length: 2 * 31 }, (_, n) => n + 1);
    const turned = transformed(wide, { angle: 1, flipY: true, flipZ: true }, { width: 31 });
    for (const start of [0, 31]) {
      const row30 = wide.subarray(start, start + 30);
      expect(turned.subarray(start, start + 30)).toEqual(transformed(row30, { angle: 1, flipY: true, flipZ: true }));
      expect(turned[start + 30]).toBe(wide[start + 30]);
    }
  });
});
