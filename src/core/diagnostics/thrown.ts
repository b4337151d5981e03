/**
 * Reading what somebody threw. It may be anything: a value that is not an error, a Proxy, an error whose getters throw,
 * whose message is not a text or has ten megabytes, whose causes form a circle. Nothing here throws, and what it
 * returns is bounded.
 */
import { inspect, types } from 'node:util';
import { cutText, LONGEST_MESSAGE, LONGEST_STACK } from './limits.ts';

/** Of a chain of causes, and of the errors of an AggregateError, at most so many are described. */
const MOST_RELATED = 12;
const LONGEST_SHOWN = 200;

export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    // A Proxy that does not tell its prototype.
    return false;
  }
}

/** `instanceof` for a value of any kind, also one with a Proxy that does not tell its prototype. */
export function isInstance<T>(value: unknown, of: abstract new (...args: never) => T): value is T {
  try {
    return value instanceof of;
  } catch {
    return false;
  }
}

/** The member of a value of any kind; undefined where it cannot be read. */
export function memberOf(value: unknown, name: PropertyKey): unknown {
  try {
    return (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/** A value in a few words, such as `[ 1, 2 ]` or `'text'`. None of its own code is called. */
export function shown(value: unknown): string {
  try {
    const options = {
      depth: 1,
      breakLength: Infinity,
      maxStringLength: LONGEST_SHOWN,
      maxArrayLength: 10,
      customInspect: false,
    };
    return cutText(inspect(value, options).replace(/\s+/g, ' '), LONGEST_SHOWN);
  } catch {
    return `a value of type ${typeof value}`;
  }
}

/** `TypeError: what it says`, in one line; a plain Error without its name. */
export function errorSentence(error: Error): string {
  const name = nameOf(error);
  const message = messageOf(error).split('\n', 1)[0]!.trimEnd();
  const first = message === '' ? firstOfMany(error) : message;
  if (first === '') return `${name === '' ? 'Error' : name} without a message`;
  return cutText(name === '' || name === 'Error' ? first : `${name}: ${first}`, LONGEST_MESSAGE);
}

export function messageOf(error: Error): string {
  const message = memberOf(error, 'message');
  return typeof message === 'string' ? message : message === undefined ? '' : shown(message);
}

/**
 * The stack trace with those of its causes and of the errors that it stands for, bounded. `trim` shortens the frames of
 * each, given as lines.
 */
export function fullStack(error: Error, trim: (lines: readonly string[]) => readonly string[]): string {
  const seen = new Set<unknown>();
  const tell = (value: unknown, before: string): string => {
    if (!isError(value)) return `${before}${shown(value)}`;
    if (seen.has(value)) return `${before}${errorSentence(value)} (see above)`;
    if (seen.size >= MOST_RELATED) return `${before}${errorSentence(value)} (and perhaps more)`;
    seen.add(value);
    const parts = [before + ownStack(value, trim)];
    const cause = memberOf(value, 'cause');
    if (cause !== undefined && cause !== null) parts.push(tell(cause, 'Caused by: '));
    for (const one of errorsIn(value)) if (seen.size < MOST_RELATED) parts.push(tell(one, 'One of its errors: '));
    return parts.join('\n');
  };
  return cutText(tell(error, ''), LONGEST_STACK);
}

/** The stack repeats the message. A long one is cut, so that the frames after it are kept. */
function ownStack(error: Error, trim: (lines: readonly string[]) => readonly string[]): string {
  const stack = memberOf(error, 'stack');
  const message = messageOf(error);
  if (typeof stack !== 'string') return cutText(`${nameOf(error) || 'Error'}: ${message}`, LONGEST_MESSAGE);
  const at = message === '' ? -1 : stack.indexOf(message);
  const end = at < 0 ? 0 : at + message.length;
  const head = at < 0 ? '' : stack.slice(0, at) + cutText(message, LONGEST_MESSAGE);
  return head + trim(stack.slice(end).split('\n')).join('\n');
}

function nameOf(error: Error): string {
  const name = memberOf(error, 'name');
  return typeof name === 'string' ? cutText(name, LONGEST_SHOWN) : '';
}

/** An AggregateError without a message says what its first error says. */
function firstOfMany(error: Error): string {
  const errors = errorsIn(error);
  const [first] = errors;
  if (first === undefined) return '';
  const said = isError(first) ? messageOf(first).split('\n', 1)[0]! : shown(first);
  return errors.length === 1 ? said : `${errors.length} errors, the first: ${said}`;
}

function errorsIn(error: Error): readonly unknown[] {
  const errors = memberOf(error, 'errors');
  try {
    return Array.isArray(errors) ? Array.from({ length: errors.length }, (_, index) => memberOf(errors, index)) : [];
  } catch {
    return [];
  }
}
