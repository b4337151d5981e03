/** How far numbers may be apart that count as equal: the options --ulp and --rtol. */
import { UsageError } from '../../errors.ts';
import { text, wholeNumber } from './options.ts';
import type { Invocation, Option } from './verb.ts';

export const TOLERANCE: readonly Option[] = [
  { long: 'ulp', value: 'N', least: 0, help: 'numbers may be this many units in the last place apart; default 0' },
  { long: 'rtol', value: 'X', help: 'numbers may differ by this share of the larger one, such as 1e-6; default 0' },
];

/** @throws UsageError */
export function toleranceOf(call: Invocation): { readonly ulp: number; readonly relative: number } {
  return { ulp: wholeNumber(call, 'ulp') ?? 0, relative: relativeOf(text(call, 'rtol')) };
}

/** @throws UsageError */
function relativeOf(given: string | undefined): number {
  const value = given === undefined ? 0 : Number(given);
  if (given !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new UsageError(`--rtol ${given!} is not a tolerance; give a number from 0 on, such as 1e-6.`);
}
