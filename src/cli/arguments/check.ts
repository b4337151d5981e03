/**
 * Holds the values of an invocation against what the verb's description allows: numbers, choices, options that exclude
 * each other.
 */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import { text } from './options.ts';
import type { Invocation, Option, Verb } from './verb.ts';

/** @throws UsageError */
export function checkOptions({ name, options, exclusive = [] }: Verb, invocation: Invocation): void {
  for (const option of options) {
    const given = text(invocation, option.long);
    if (given === undefined) continue;
    if (option.least !== undefined) checkNumber(option.long, given, option.least);
    if (option.choices !== undefined) checkChoice(option, given, option.choices);
  }
  const both = exclusive.find((pair) => pair.every((long) => invocation.options[long] !== undefined));
  if (both !== undefined)
    throw new UsageError(`--${both[0]} and --${both[1]} of restage ${name} exclude each other; give one of them.`);
}

function checkNumber(long: string, given: string, least: number): void {
  const value = Number(given);
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(value) || value < least)
    throw new UsageError(`--${long} must be a whole number of at least ${least}, not ${given}.`);
}

function checkChoice({ long }: Option, given: string, choices: readonly string[]): void {
  if (choices.includes(given)) return;
  const words = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)!}`;
  throw new UsageError(`--${long} must be ${words}, not ${given}${didYouMean(given, choices)}.`);
}
