/** How the numbers of a state compare with those of other seeds, in words. */
import type { SeedComparison, SeedNumber } from '../../../audit/verify/over-seeds.ts';
import { plural, shortNumber } from '../../../ui/text/format.ts';

const MOST_NUMBERS = 8;

export function seedLines({ seeds, failed, numbers, left, holds }: SeedComparison): readonly string[] {
  const executed = `${plural(seeds, 'other seed')}${failed === 0 ? '' : ` (with ${failed} more it failed)`}`;
  if (numbers.length === 0)
    return [`${executed}: there is no metric and no number in JSON to compare, or too few finished`];
  // The worst first: they decide.
  const worst = numbers.toSorted((a, b) => a.p - b.p);
  const more = numbers.length - MOST_NUMBERS;
  return [
    `${executed}: ${holds ? 'every number is within their range' : 'not every number is within their range'} (95 %, ${plural(numbers.length, 'number')})`,
    ...worst.slice(0, MOST_NUMBERS).map((number) => `  ${numberWords(number, seeds)}`),
    ...(more > 0 ? [`  and ${plural(more, 'number')} more`] : []),
    ...(left.length === 0
      ? []
      : [`  not compared, since not every seed gives it: ${left.slice(0, MOST_NUMBERS).join(', ')}`]),
  ];
}

function numberWords({ name, recorded, mean, low, high, below, p }: SeedNumber, seeds: number): string {
  const [value, from, to, centre] = [recorded, low, high, mean].map((each) => shortNumber(Number(each)));
  return `${name}: ${value!} on record; ${from!} to ${to!} around ${centre!}, ${below} of ${seeds} below it, p ${p.toPrecision(2)}`;
}
