/** What is said of a number, text or list that is beyond a bound of its parameter: which bound, and what it is. */
import type { Issue } from './misfit.ts';

/** As zod says it, where the author of the schema has given no words. */
const UNSAID = /^Too (?:small|big): expected /;

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
};

/** `must be at least 2, and is 1`; undefined for what has other words. @param value undefined if it may not be told */
export function boundWords(issue: Issue, value: unknown): string | undefined {
  const { code, origin = '', inclusive = false, exact = false, message } = issue;
  const bound = code === 'too_small' ? issue.minimum : code === 'too_big' ? issue.maximum : undefined;
  if (bound === undefined || !UNSAID.test(message)) return undefined;
  const units = UNITS[origin];
  if (units !== undefined && (inclusive || exact)) {
    const [one, many] = units;
    const limit = exact ? 'exactly' : code === 'too_small' ? 'at least' : 'at most';
    const length = (value as { readonly length?: number } | null | undefined)?.length;
    const found = length === undefined ? '' : `, and has ${length}`;
    return `must have ${limit} ${bound} ${Number(bound) === 1 ? one : many}${found}`;
  }
  if (!['number', 'int', 'bigint'].includes(origin)) return undefined;
  const limit = LIMITS[code]![inclusive ? 'closed' : 'open'];
  const found = typeof value === 'number' || typeof value === 'bigint' ? `, and is ${value}` : '';
  return `must be ${limit} ${bound}${found}`;
}

const LIMITS: Readonly<Record<string, { readonly open: string; readonly closed: string }>> = {
  too_small: { open: 'greater than', closed: 'at least' },
  too_big: { open: 'less than', closed: 'at most' },
};
