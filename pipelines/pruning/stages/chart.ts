/** The picture of the study: quality against what is left of the connections, as SVG text. */
import { json, observation, text } from 'restage';
import { log } from 'restage/ml';
import { z } from 'zod';
import type { Criterion } from '../criteria.ts';
import { grouped } from '../grouped.ts';
import type { Point } from './curve.ts';

/** Told apart by people who see few colours (Okabe and Ito), and by their marks. */
const COLOURS: Readonly<Record<Criterion, string>> = {
  global: '#0072b2',
  layer: '#009e73',
  random: '#d55e00',
  neuron: '#cc79a7',
};
const WIDTH = 300;
const HEIGHT = 200;
const LEFT = 56;
const TOP = 34;
const GAP = 76;

export const chart = observation({
  name: 'pruning/chart',
  description: 'AUC and AMS against what is left, as SVG',
  params: z.strictObject({}),
  inputs: { points: json<readonly Point[]>() },
  outputs: { svg: text() },
  async run({ inputs }) {
    const points = await inputs.points.read();
    const width = LEFT + 2 * WIDTH + GAP + 90;
    const height = TOP + HEIGHT + 46;
    return {
      svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" role="img" aria-label="Quality of pruned networks against the share of connections left">
<rect width="${width}" height="${height}" fill="#fff"/>
${panel(points, 'auc', 'area under the ROC curve', LEFT)}
${panel(points, 'ams', 'AMS', LEFT + WIDTH + GAP)}
${legend(points, LEFT + 2 * WIDTH + GAP + 14)}
</svg>
`,
    };
  },
});

function panel(points: readonly Point[], of: 'auc' | 'ams', title: string, left: number): string {
  const x = horizontal(points, left);
  const ticks = round(points.flatMap((point) => ends(point, of)));
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const y = (value: number): number => TOP + HEIGHT - ((value - low) / (high - low)) * HEIGHT;
  const levels = [...new Set(points.map(({ left: share }) => share.toPrecision(2)))].map(Number);
  return `<text x="${left}" y="${TOP - 14}" font-weight="bold">${title}</text>
<path d="M${left} ${TOP}V${TOP + HEIGHT}H${left + WIDTH}" fill="none" stroke="#888"/>
${ticks.map((tick) => `<text x="${left - 6}" y="${at(y(tick) + 4)}" text-anchor="end">${Number(tick.toFixed(6))}</text>`).join('\n')}
${spaced(levels, x)
  .map((level) => `<text x="${at(x(level))}" y="${TOP + HEIGHT + 16}" text-anchor="middle">${percent(level)}</text>`)
  .join('\n')}
<text x="${left + WIDTH / 2}" y="${TOP + HEIGHT + 34}" text-anchor="middle">connections left</text>
${grouped(points, ({ criterion }) => criterion)
  // Side by side, so that no interval hides another one.
  .map((line, n) => series(line, of, (share) => x(share) + 3 * n, y))
  .join('\n')}`;
}

function series(
  line: readonly Point[],
  of: 'auc' | 'ams',
  x: (share: number) => number,
  y: (value: number) => number,
): string {
  const colour = COLOURS[line[0]!.criterion];
  const places = line.map((point) => `${at(x(point.left))},${at(y(point[of]))}`);
  const bars = line.map((point) => {
    const [low, high] = ends(point, of);
    return `M${at(x(point.left))} ${at(y(low))}V${at(y(high))}`;
  });
  const dots = places.map((place) => {
    const [cx, cy] = place.split(',');
    return `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${colour}"/>`;
  });
  return `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>
<path d="${bars.join('')}" stroke="${colour}" opacity="0.6"/>
${dots.join('')}`;
}

function legend(points: readonly Point[], left: number): string {
  return grouped(points, ({ criterion }) => criterion)
    .map((line, n) => {
      const { criterion } = line[0]!;
      const top = TOP + 8 + 18 * n;
      return `<path d="M${left} ${top}h16" stroke="${COLOURS[criterion]}" stroke-width="2"/><text x="${left + 22}" y="${top + 4}">${criterion}</text>`;
    })
    .join('\n');
}

/** From all connections on the left to the fewest on the right, logarithmic. */
function horizontal(points: readonly Point[], left: number): (share: number) => number {
  const least = log(Math.min(...points.map((point) => point.left)));
  return (share) => left + (least === 0 ? 0 : (log(share) / least) * WIDTH);
}

/** Three to seven round numbers around all the values, from below the least to above the greatest. */
function round(values: readonly number[]): readonly number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = high > low ? high - low : Math.abs(low) || 1;
  let step = 1;
  while (step > range) step /= 10;
  while (step * 10 <= range) step *= 10;
  for (const finer of [2, 2.5]) if (range / step < 2.5) step /= finer;
  const first = Math.floor(low / step);
  return Array.from({ length: Math.max(2, Math.ceil(high / step) - first + 1) }, (_, n) => (first + n) * step);
}

/** Of levels that lie close to each other, the first. */
function spaced(levels: readonly number[], x: (share: number) => number): readonly number[] {
  const kept: number[] = [];
  for (const level of levels.toSorted((a, b) => b - a))
    if (kept.length === 0 || x(level) - x(kept.at(-1)!) > 34) kept.push(level);
  return kept;
}

function ends(point: Point, of: 'auc' | 'ams'): readonly [number, number] {
  const within = point[`${of}Within`] ?? 0;
  return [point[of] - within, point[of] + within];
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

function at(pixels: number): string {
  return pixels.toFixed(1);
}
