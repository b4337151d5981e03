/** The results of a run for people: numbers with their errors, small JSON members by name, the rest by kind and size. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { short } from '../../core/identity/digest.ts';
import type { ResultValue } from '../../run/request.ts';
import type { Commands } from '../text/commands.ts';
import { formatBytes, formatMeasurement, formatNumber, plural } from '../text/format.ts';

type ResultCommands = Pick<Commands, 'get'>;

const MOST_MEMBERS = 16;
const MOST_TEXT = 100;
/** More than that is for a file, not for a terminal. */
const MOST_TEXT_BYTES = 1 << 16;

/** One line for a scalar or a measurement; a heading and a line for every member of an object. */
export function resultLines(result: ResultValue, commands: ResultCommands): readonly string[] {
  const { name, value } = result;
  if (value === undefined) return [`${name}: ${describeArtifact(result, commands)}`];
  const line = scalar(value);
  if (line !== undefined) return [`${name}: ${line}`];
  const members = leaves(value);
  const width = Math.max(...members.slice(0, MOST_MEMBERS).map(([path]) => path.length));
  const shown = members.slice(0, MOST_MEMBERS).map(([path, text]) => `  ${path.padEnd(width)}  ${text}`);
  const rest = members.length - shown.length;
  return [`${name}:`, ...shown, ...(rest > 0 ? [`  and ${rest} more: ${wholeValue(result, commands)}`] : [])];
}

/** The same in one line, cut short. */
export function resultLine(result: ResultValue, commands: ResultCommands): string {
  const { name, value } = result;
  // A command that was cut short would be another one.
  if (value === undefined) return `${name}: ${describeArtifact(result, commands)}`;
  const text =
    scalar(value) ??
    leaves(value)
      .map(([path, leaf]) => `${path} ${leaf}`)
      .join(', ');
  return cut(`${name}: ${text}`);
}

/** `3.71 ± 0.10` for `{ value, error }`, and what is written in one word; undefined for anything larger. */
function scalar(value: CanonicalValue): string | undefined {
  if (typeof value === 'number') return formatNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return cut(value.split('\n', 1)[0]!);
  if (isList(value)) {
    const simple = value.every((item) => typeof item === 'number' || typeof item === 'string');
    const text = simple
      ? `[${value.map((item) => (typeof item === 'number' ? formatNumber(item) : item)).join(', ')}]`
      : '';
    return simple && text.length <= MOST_TEXT ? text : `a list of ${plural(value.length, 'item')}`;
  }
  const { value: mean, error } = value;
  if (typeof mean === 'number' && typeof error === 'number') return formatMeasurement(mean, error);
  return Object.keys(value).length === 0 ? '{}' : undefined;
}

function leaves(value: CanonicalValue, path = ''): readonly (readonly [string, string])[] {
  const text = scalar(value);
  if (text !== undefined) return [[path, text]];
  return Object.entries(value as Readonly<Record<string, CanonicalValue>>).flatMap(([key, member]) =>
    leaves(member, path === '' ? key : `${path}.${key}`),
  );
}

function describeArtifact(result: ResultValue, commands: ResultCommands): string {
  return `${result.kind}, ${formatBytes(result.bytes)}, ${short(result.digest)} (${wholeValue(result, commands)})`;
}

function wholeValue({ node, output, kind, bytes }: ResultValue, commands: ResultCommands): string {
  const readable = kind === 'json' || (kind === 'text' && bytes <= MOST_TEXT_BYTES);
  return commands.get(`${node}.${output}`, ...(readable ? [] : ['-o', 'FILE']));
}

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1)}…`;
}

function isList(value: CanonicalValue): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}
