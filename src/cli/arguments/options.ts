/** Takes values out of an invocation. The verb's description has been held against them by then: see check.ts. */
import { UsageError } from '../../errors.ts';
import type { Invocation } from './verb.ts';

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

export function wholeNumber(invocation: Invocation, name: string): number | undefined {
  const given = text(invocation, name);
  return given === undefined ? undefined : Number(given);
}

/** For an invocation that names no pipeline: refuses options that only mean something for one. @throws UsageError */
export function refusePipelineOptions({ verb, options }: Invocation): void {
  const given = ['set', 'params', 'like', 'seed', 'backend', 'device'].find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new UsageError(`--${given} needs a pipeline; write restage ${verb} <pipeline> before the name.`);
}
