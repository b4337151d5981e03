/** Taking values out of an invocation, and saying what is wrong with one. */
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../errors.ts';
import { findVerb, type Invocation } from './verbs.ts';

export function flag({ options }: Invocation, name: string): boolean {
  return options[name] === true;
}

export function text({ options }: Invocation, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

export function list({ options }: Invocation, name: string): readonly string[] {
  const value = options[name];
  return value === undefined || typeof value !== 'object' ? [] : value;
}

/** @throws UsageError */
export function wholeNumber(invocation: Invocation, name: string, least: number): number | undefined {
  const given = text(invocation, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(value) || value < least)
    throw new UsageError(
      `--${name} of restage ${invocation.verb} is ${given}, which is no whole number from ${least} up.`,
    );
  return value;
}

/** One of the words that the table of verbs lists for this option. @throws UsageError */
export function choice(invocation: Invocation, name: string): string | undefined {
  const given = text(invocation, name);
  const choices = findVerb(invocation.verb)?.options.find(({ long }) => long === name)?.choices ?? [];
  if (given === undefined || choices.includes(given)) return given;
  const words = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)!}`;
  throw new UsageError(
    `--${name} of restage ${invocation.verb} is ${given}${didYouMean(given, choices)}; it takes ${words}.`,
  );
}

/** Options that only mean something for a pipeline, where none is named. @throws UsageError */
export function refusePipelineOptions({ verb, options }: Invocation): void {
  const given = ['set', 'seed', 'backend', 'device'].find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new UsageError(`--${given} needs to know the pipeline; write restage ${verb} <pipeline> before the name.`);
}
