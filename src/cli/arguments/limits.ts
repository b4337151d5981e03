/** The limits of a run on the command line. */
import { UsageError } from '../../errors.ts';
import { text } from './options.ts';
import type { Invocation, Option } from './verb.ts';

export const LIMITS: readonly Option[] = [
  {
    long: 'max-time',
    value: 'DURATION',
    help: 'start nothing that would make the run take longer than this: 90s, 10min, 2h',
  },
  {
    long: 'max-cost',
    value: 'DURATION',
    help: 'start nothing that would make all executions, added up, take longer than this',
  },
];

/** In seconds; undefined without either. @throws UsageError */
export function limitsOf(invocation: Invocation): {
  readonly limits?: { readonly time?: number; readonly cost?: number };
} {
  const given = (['time', 'cost'] as const).flatMap((kind) => {
    const value = text(invocation, `max-${kind}`);
    return value === undefined ? [] : [[kind, parseDuration(`--max-${kind}`, value)] as const];
  });
  return given.length === 0 ? {} : { limits: Object.fromEntries(given) };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3600, d: 86_400 };

/** `90`, `90s`, `1.5h` or `1h30min`, in seconds. @throws UsageError */
function parseDuration(option: string, given: string): number {
  const parts = [...given.matchAll(/(\d+(?:\.\d+)?)(s|min|m|h|d)(?![a-z])/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === given;
  const seconds = isWhole
    ? parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0)
    : /^\d+(\.\d+)?$/.test(given)
      ? Number(given)
      : 0;
  if (seconds > 0) return seconds;
  throw new UsageError(`${option} ${given} is not a duration; write for example 90s, 10min, 1h30min or 2h.`);
}
