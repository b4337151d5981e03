import { expect, test } from 'vitest';
import { effectTable } from '../../src/core/statistics/effect-table.ts';
import type { Observation } from '../../src/core/statistics/observations.ts';
import { forestPlot } from '../../src/report/forest-plot.ts';

function plotted(
  name: string,
  metric = 'ams',
  variant: readonly number[] = [2.9, 3.2, 3.1],
  rope?: number,
): Promise<string> {
  const values = (branch: string, each: readonly number[]): readonly Observation[] =>
    each.map((value, seed) => ({ branch, seed, found: { kind: 'value', value } }));
  return forestPlot(
    effectTable({
      metric: {
        name: metric,
        better: 'higher',
        design: { kind: 'fixed-test-set' },
        ...(rope === undefined ? {} : { rope }),
      },
      base: 'base',
      variants: [
        { name, changes: 'a=1' },
        { name: 'nothing', changes: 'b=1' },
      ],
      observations: [...values('base', [3, 3.1, 3.3]), ...values(name, variant)],
    }),
  );
}

test('a forest plot is an SVG with a dot for every pair, the same bytes each time', async () => {
  const svg = await plotted('wider');
  expect(svg).toBe(await plotted('wider'));
  expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
  expect(svg).toContain('xmlns="http://www.w3.org/2000/svg"');
  expect(svg.match(/<title>seed=\d<\/title>/g)).toEqual(['0', '1', '2'].map((seed) => `<title>seed=${seed}</title>`));
});

test('a forest plot says what it shows to those who cannot see it', async () => {
  const svg = await plotted('wider');
  expect(svg).toContain('role="img"');
  expect(svg).toContain('aria-label="ams: difference to base, with 95 % intervals"');
  expect(svg).toMatch(/aria-description="wider -0\.0666\d+ from -\d\.\d+ to \d\.\d+"/);
});

test('a forest plot of hostile names is still an image, and runs nothing', async () => {
  const svg = await plotted('</text><script>alert(1)</script>', 'a" onload="alert(1)&<b>');
  expect(svg).not.toContain('<script');
  expect(svg).not.toMatch(/<[^<>]* onload="/);
  expect(svg).not.toMatch(/&(?!lt;|gt;|amp;|quot;|#)/);
  expect(svg).toContain('&lt;script&gt;');
});

test('a forest plot of one pair has no interval, and one without any pair is empty', async () => {
  expect(await plotted('wider', 'ams', [2.9])).toMatch(/aria-description="wider -0\.1\d*"/);
  expect(await plotted('wider', 'ams', [])).toMatch(/^<svg [^]*<\/svg>\n$/);
});

test('a forest plot has a background of its own, and says each difference in words beside its interval', async () => {
  const svg = await plotted('better', 'ams', [3.5, 3.6, 3.81]);
  expect(svg).toMatch(/^<svg [^]*?><rect fill="white" height="100%" width="100%"/);
  expect(svg).toContain('>+0.503 [+0.489, +0.518]<');
  expect(svg).toContain('>no pair<');
  expect(svg).not.toContain('shaded');
});

test('what is better is blue and what is worse is orange, where the interval does not hold 0', async () => {
  const colours = async (values: readonly number[]): Promise<readonly string[]> => [
    ...new Set((await plotted('wider', 'ams', values)).match(/#(1f6fb2|b3470c|33383f)/g)),
  ];
  expect(await colours([3.5, 3.6, 3.81])).toEqual(['#1f6fb2']);
  expect(await colours([2.5, 2.6, 2.81])).toEqual(['#b3470c']);
  expect(await colours([2.9, 3.2, 3.1])).toEqual(['#33383f']);
});

test('the region of practical equivalence is shaded and explained', async () => {
  const svg = await plotted('wider', 'ams', [2.9, 3.2, 3.1], 0.2);
  expect(svg).toContain('shaded: differences up to 0.2 make no difference');
  expect(svg).toContain('#e9edf2');
});

test('a long name is shortened in its middle', async () => {
  const name = `plain+${'swish+'.repeat(9)}augmentation`;
  const svg = await plotted(name);
  expect(svg).toContain('>plain+swish+swish+swis…sh+swish+augmentation<');
});
