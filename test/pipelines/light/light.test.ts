/** Michelson's measurements: what the pipeline makes of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import pipeline from '../../../pipelines/light/index.ts';
import { runPipeline } from '../in-process.ts';

const FOLDER = fileURLToPath(new URL('../../../pipelines/light', import.meta.url));
const ORIGINAL = readFileSync(join(FOLDER, 'michelson-1879.csv'), 'utf8');

const temporary = mkdtempSync(join(tmpdir(), 'restage-light-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
const file = join(temporary, 'measurements.csv');

interface Speed {
  readonly experiments: Readonly<Record<string, { readonly value: number; readonly error: number }>>;
  readonly inAir: { readonly value: number; readonly error: number };
  readonly inVacuum: { readonly value: number };
}

async function speedOf(text: string): Promise<Speed> {
  writeFileSync(file, text);
  return (await runPipeline(pipeline, [`file=${file}`])).get('compare')!.outputs['speed'] as Speed;
}

describe('the speed of light', () => {
  test('is estimated for each experiment, and for all together', async () => {
    const { experiments, inAir, inVacuum } = await speedOf(ORIGINAL);
    const means = Object.values(experiments).map(({ value }) => value - 299_000);
    // The means of the five experiments as the literature has them.
    [909, 856, 845, 820.5, 831.5].forEach((mean, i) => expect(means[i]).toBeCloseTo(mean, 6));
    // The bootstrap error of a mean of 20 is its standard error, here 12 to 23 km/s.
    for (const { error } of Object.values(experiments)) expect(error > 8 && error < 30).toBe(true);
    expect(Math.abs(inAir.value - 299_852)).toBeLessThan(20);
    expect(inVacuum.value - inAir.value).toBeCloseTo(92, 6);
  });

  test('does not depend on measurements that are implausible', async () => {
    expect(await speedOf(`${ORIGINAL}2,21,29985,a digit is missing\n`)).toEqual(await speedOf(ORIGINAL));
  });

  test('is refused where the file contradicts itself', async () => {
    await expect(speedOf(`${ORIGINAL}5,20,299871,\n`)).rejects.toThrow(/experiment 5, run 20: 299870 and 299871/);
  });
});
