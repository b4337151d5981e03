/** Where two executions of a stage part, by what it traces, in words. */
import type { Discrepancy, TraceComparison, TraceDifference } from '../../../audit/verify/traces.ts';
import { plural } from '../../../ui/text/format.ts';

/** Beyond that, the values themselves say more. */
const MOST_STEPS = 1e6;

/** Lines about two executions of today, of a state that diverged. */
export function traceLines(
  { calls, agree, first, reordered }: TraceComparison,
  repeatable: boolean,
): readonly string[] {
  if (calls[0] + calls[1] === 0)
    return repeatable ? [] : ['its stage traces nothing: trace(name, value, step) would show where they diverge'];
  if (first !== null)
    return differenceLines('two executions of today differ from each other', { agree, first, reordered });
  const all = `${plural(agree, 'call')} of trace ${agree === 1 ? 'agrees' : 'agree'} in two executions of today`;
  return [repeatable ? all : `${all}: they diverge after the last one`];
}

/** Lines about the recorded execution and one of today. */
export function recordedTraceLines({ agree, first, reordered }: TraceComparison): readonly string[] {
  if (first !== null) return differenceLines('today differs from the recorded execution', { agree, first, reordered });
  return [`${plural(agree, 'call')} of trace ${agree === 1 ? 'agrees' : 'agree'} with the recorded execution`];
}

function differenceLines(
  head: string,
  { agree, first, reordered }: Pick<TraceComparison, 'agree' | 'reordered'> & { readonly first: TraceDifference },
): readonly string[] {
  return [
    `${head}: ${callWords(first)}, ${discrepancyWords(first.what)}`,
    ...(agree === 0 ? [] : [`${plural(agree, 'call')} of trace before it ${agree === 1 ? 'agrees' : 'agree'}`]),
    ...(reordered ? ['the same values come in another order: their order depends on what settles first'] : []),
  ];
}

function callWords({ name, step, call }: TraceDifference): string {
  return step === null
    ? `at ${name}, call ${call + 1} of trace`
    : `at step ${step} of ${name}, call ${call + 1} of trace`;
}

function discrepancyWords(what: Discrepancy): string {
  switch (what.type) {
    case 'only':
      return `which only the ${what.in} makes`;
    case 'call':
      return `where the second traces ${what.step === null ? '' : `step ${what.step} of `}${what.name}`;
    case 'tensor':
      return `tensor ${what.tensor} is only in the ${what.in}`;
    case 'shape':
      return `${named(what.tensor)}${what.before} -> ${what.after}`;
    case 'digest':
      return `${named(what.tensor)}other bytes, which were not kept`;
    case 'element': {
      const { tensor, index, shape, before, after, ulp, count } = what;
      const place = shape.length === 0 ? '' : `element [${placeOf(index, shape).join(', ')}]: `;
      const distance = ulp === null || ulp > MOST_STEPS ? '' : `, ${ulp} ULP apart`;
      const size = shape.reduce((product, n) => product * n, 1);
      const more = count > 1 ? `; ${count} of ${size} elements differ` : '';
      return `${named(tensor)}${place}${before} -> ${after}${distance}${more}`;
    }
  }
}

function named(tensor: string): string {
  return tensor === '' ? '' : `tensor ${tensor}, `;
}

/** The position of an element in each dimension, in row-major order. */
function placeOf(index: number, shape: readonly number[]): readonly number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((size) => {
      const at = rest % size;
      rest = (rest - at) / size;
      return at;
    })
    .reverse();
}
