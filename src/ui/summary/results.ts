/**
 * The results of a run for people: numbers with their errors, records as tables, short texts as they are, the rest by
 * size.
 */
import { short } from '../../core/identity/digest.ts';
import type { ResultValue } from '../../run/request.ts';
import { cut, plainLine } from '../text/cells.ts';
import type { Commands } from '../text/commands.ts';
import { formatBytes, plural } from '../text/format.ts';
import { asTable, tableLines } from '../text/json-table.ts';
import { isList, memberWords, valueWord } from '../text/value-words.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';

type ResultCommands = Pick<Commands, 'get'>;

const MOST_ROWS = 16;
const MOST_LINE = 100;
/** A longer text is for a file, not for a terminal. */
const MOST_TEXT_BYTES = 1 << 16;

/** One line for a value that fits it; else a heading with indented lines, none wider than `width`. */
export function resultLines(result: ResultValue, commands: ResultCommands, width: number): readonly string[] {
  const { name, value } = result;
  if (value === undefined) return [`${name}: ${describeArtifact(result, commands)}`];
  const room = Math.max(1, width - 2);
  const body = result.kind === 'text' && typeof value === 'string' ? textBody(value, room) : valueBody(value, room);
  if (typeof body === 'string') return [`${name}: ${body}`];
  const rest = body.omitted === 0 ? [] : [`and ${body.omitted} more: ${wholeValue(result, commands)}`];
  return [`${name}:`, ...[...body.lines, ...rest].map((line) => `  ${line}`)];
}

/** The same in one line, shortened. */
export function resultLine(result: ResultValue, commands: ResultCommands): string {
  const { name, value } = result;
  // A command has to stay whole, or it is another command.
  if (value === undefined) return `${name}: ${describeArtifact(result, commands)}`;
  if (result.kind === 'text' && typeof value === 'string') {
    const lines = textLines(value);
    return lines.length <= 1
      ? cut(`${name}: ${lines[0] ?? ''}`, MOST_LINE)
      : `${name}: ${plural(lines.length, 'line')} (${wholeValue(result, commands)})`;
  }
  const table = asTable(value);
  if (table !== undefined) {
    const columns = table.columns.filter((column) => column !== '').join(', ');
    const what = `${plural(table.rows.length, 'row')}${columns === '' ? '' : cut(` of ${columns}`, MOST_LINE)}`;
    return `${name}: ${what} (${wholeValue(result, commands)})`;
  }
  const text =
    valueWord(value) ??
    memberWords(value)
      .map(([path, word]) => `${path} ${word}`)
      .join(', ');
  return cut(`${name}: ${text}`, MOST_LINE);
}

interface Body {
  readonly lines: readonly string[];
  /** How many further rows, members or lines there are. */
  readonly omitted: number;
}

function valueBody(value: CanonicalValue, width: number): Body | string {
  const table = asTable(value);
  if (table !== undefined)
    return {
      lines: tableLines(table, MOST_ROWS, width),
      omitted: Math.max(0, table.rows.length - MOST_ROWS),
    };
  return valueWord(value) ?? objectBody(value as Readonly<Record<string, CanonicalValue>>, width);
}

/** A line for every member; a member that is a table follows with its rows. */
function objectBody(value: Readonly<Record<string, CanonicalValue>>, width: number): Body {
  const members = openMembers(value);
  const shown = members.slice(0, MOST_ROWS);
  const pathWidth = Math.max(...shown.map(([path, member]) => (asTable(member) === undefined ? path.length : 0)));
  const lines = shown.flatMap(([path, member]) => {
    const table = asTable(member);
    if (table === undefined) return [cut(`${path.padEnd(pathWidth)}  ${valueWord(member) ?? ''}`, width)];
    const rest = table.rows.length - MOST_ROWS;
    return [
      `${path}: ${plural(table.rows.length, 'row')}`,
      ...tableLines(table, MOST_ROWS, width - 2).map((line) => `  ${line}`),
      ...(rest > 0 ? [`  and ${rest} more`] : []),
    ];
  });
  return { lines, omitted: members.length - shown.length };
}

/** The members by their dotted paths; an object that is more than a word is opened. */
function openMembers(
  value: Readonly<Record<string, CanonicalValue>>,
  path = '',
): readonly (readonly [path: string, value: CanonicalValue])[] {
  return Object.entries(value).flatMap(([key, member]) => {
    const place = path === '' ? key : `${path}.${key}`;
    const isObject = typeof member === 'object' && member !== null && !isList(member);
    return isObject && valueWord(member) === undefined ? openMembers(member, place) : [[place, member] as const];
  });
}

function textBody(text: string, width: number): Body | string {
  const lines = textLines(text);
  if (lines.length <= 1 && (lines[0] ?? '').length <= MOST_LINE) return lines[0] ?? '';
  return {
    lines: lines.slice(0, MOST_ROWS).map((line) => cut(line, width)),
    omitted: Math.max(0, lines.length - MOST_ROWS),
  };
}

function textLines(text: string): readonly string[] {
  return text.trimEnd().split('\n').map(plainLine);
}

function describeArtifact(result: ResultValue, commands: ResultCommands): string {
  return `${result.kind}, ${formatBytes(result.bytes)}, ${short(result.digest)} (${wholeValue(result, commands)})`;
}

function wholeValue({ node, output, kind, bytes }: ResultValue, commands: ResultCommands): string {
  const readable = kind === 'json' || (kind === 'text' && bytes <= MOST_TEXT_BYTES);
  return commands.get(`${node}.${output}`, ...(readable ? [] : ['-o', 'FILE']));
}
