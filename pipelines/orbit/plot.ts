/** The picture of the study: error over steps, both on logarithmic axes, as SVG text. */
import { json, many, observation, text } from 'restage';
import { log } from 'restage/ml';
import { z } from 'zod';
import { METHODS } from './methods.ts';
import type { OrbitError } from './stages.ts';

const COLOURS = { euler: '#d62728', midpoint: '#1f77b4', 'runge-kutta': '#2ca02c' };

export const plot = observation({
  name: 'orbit/plot',
  params: z.strictObject({}),
  inputs: { errors: many(json<OrbitError>()) },
  outputs: { svg: text() },
  async run({ inputs }) {
    const errors = await Promise.all(inputs.errors.map((input) => input.read()));
    const x = axis(20, 460, errors, 'steps');
    const y = axis(260, 30, errors, 'error');
    const lines = METHODS.map((method) => {
      const points = errors.filter((each) => each.method === method).map(({ steps, error }) => [x(steps), y(error)]);
      return `<polyline points="${points.join(' ')}" fill="none" stroke="${COLOURS[method]}"/>
<text x="470" y="${points.at(-1)![1]}" fill="${COLOURS[method]}">${method}</text>`;
    });
    return {
      svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 300" font-family="sans-serif" font-size="12">
<path d="M20 30V260H460" fill="none" stroke="#888"/><text x="26" y="40">error</text>
<text x="460" y="280" text-anchor="end">steps</text>
${lines.join('\n')}
</svg>
`,
    };
  },
});

/** Places a value on a logarithmic axis between the smallest and the largest of `errors`, in tenths of a pixel. */
function axis(start: number, end: number, errors: readonly OrbitError[], of: 'steps' | 'error') {
  const values = errors.map((each) => log(each[of]));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (value: number) => (start + ((log(value) - low) / (high - low)) * (end - start)).toFixed(1);
}
