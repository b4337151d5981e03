/**
 * Conditions on runs: `train.rate<0.01 && profile=as-run`. One condition is a name, a comparison and a value; `&&`
 * joins several. The last comparison of a condition separates its name from its value, since names such as
 * `fit@fold=3.loss` may hold one too.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { UsageError } from '../../errors.ts';
import type { RunValue } from './run-value.ts';

type Operator = '<' | '<=' | '>' | '>=' | '=' | '!=';

export interface Condition {
  readonly name: string;
  readonly operator: Operator;
  /** As it was written, without its quotes. */
  readonly operand: string;
}

const JOINT = /&&/;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;
const COMPARISON = /<=|>=|!=|==|<|>|=/g;

/** @throws UsageError */
export function parseWhere(text: string): readonly Condition[] {
  // Signs within quotes are part of a text: they are hidden, in place, while the condition is divided.
  const hidden = text.replace(QUOTED, (quoted) => '"'.repeat(quoted.length));
  if (hidden.includes('||') || /[()]/.test(hidden.replaceAll(/\S*@\S*/g, '')))
    throw new UsageError(`The condition ${text} has || or parentheses; join comparisons with && alone.`);
  let at = 0;
  return hidden.split(JOINT).map((part) => {
    const condition = parseOne(text.slice(at, at + part.length), part);
    at += part.length + '&&'.length;
    return condition;
  });
}

/**
 * Whether a run with this value of that name is meant. A run that lacks it is not, nor is a text that is neither more
 * nor less.
 */
export function holds({ operator, operand }: Condition, found: RunValue | undefined): boolean {
  if (found === undefined) return false;
  const { value } = found;
  switch (operator) {
    case '=':
      return isEqual(value, operand);
    case '!=':
      return !isEqual(value, operand);
    case '<':
      return typeof value === 'number' && value < Number(operand);
    case '<=':
      return typeof value === 'number' && value <= Number(operand);
    case '>':
      return typeof value === 'number' && value > Number(operand);
    case '>=':
      return typeof value === 'number' && value >= Number(operand);
  }
}

function parseOne(text: string, hidden: string): Condition {
  const comparison = [...hidden.matchAll(COMPARISON)].at(-1);
  if (comparison === undefined)
    throw new UsageError(
      `${text.trim() === '' ? 'A condition is empty' : `The condition ${text.trim()} compares nothing`}; write for example rate<0.01 && seed=1 (with <, <=, >, >=, = or !=).`,
    );
  const [sign] = comparison;
  const name = text.slice(0, comparison.index).trim();
  const written = text.slice(comparison.index + sign.length).trim();
  const operator = sign === '==' ? '=' : (sign as Operator);
  if (name === '' || written === '')
    throw new UsageError(
      `The condition ${text.trim()} has no ${name === '' ? 'name before' : 'value after'} ${sign}; write for example rate<0.01.`,
    );
  if (/[<>!&|]/.test(name) || (name.includes('=') && !name.includes('@')))
    throw new UsageError(`The condition ${text.trim()} compares twice; join two comparisons with &&.`);
  const operand = unquoted(written);
  if (operator !== '=' && operator !== '!=' && Number.isNaN(Number(operand)))
    throw new UsageError(
      `The condition ${text.trim()} needs a number after ${sign}, and ${written} is not one; a text can only be = or !=.`,
    );
  return { name, operator, operand };
}

function unquoted(text: string): string {
  if (!/^".*"$/s.test(text)) return text;
  try {
    return JSON.parse(text) as string;
  } catch (cause) {
    throw new UsageError(`${text} in a condition is not a quoted text.`, { cause });
  }
}

function isEqual(value: CanonicalValue, operand: string): boolean {
  if (typeof value === 'string') return value === operand;
  if (typeof value === 'number') return operand !== '' && Object.is(value + 0, Number(operand) + 0);
  if (typeof value !== 'object' || value === null) return String(value) === operand;
  try {
    return JSON.stringify(value) === JSON.stringify(JSON.parse(operand));
  } catch {
    return false;
  }
}
