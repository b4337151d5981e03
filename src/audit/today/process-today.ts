/** Environment variables and Node's version today, as this process sees them. */
import { valueDigest } from '../../core/identity/canonical.ts';
import type { Past, TodayFact } from './today-facts.ts';

export function variablesToday(variables: Past['variables']): readonly TodayFact[] {
  return variables.map(({ name, digest }): TodayFact => {
    const value = process.env[name];
    const isSame = valueDigest(value ?? null) === digest;
    const standing = isSame ? 'same' : value === undefined ? 'gone' : 'changed';
    // A value may be a secret: nothing of it is shown.
    return {
      kind: 'variable',
      name,
      standing,
      then: null,
      now: value === undefined ? '(not set)' : '(set)',
      note: null,
    };
  });
}

export function runtimeToday(runtimes: Past['runtimes']): readonly TodayFact[] {
  const now = `node ${Number.parseInt(process.versions.node, 10)}`;
  return runtimes.map((then) => ({
    kind: 'runtime',
    name: 'node',
    standing: then === now ? 'same' : 'changed',
    then,
    now,
    note: null,
  }));
}
