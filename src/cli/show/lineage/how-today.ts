/** How a past result stands today, and how to make it again, in lines. */
import type { How } from '../../../audit/lineage/how.ts';
import type { TodayFact, TodayKind } from '../../../audit/today/today-facts.ts';
import { plural, shellWord } from '../../../ui/text/format.ts';
import type { Style } from '../../../ui/text/style.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';
import { listWords, paragraphWidth } from '../words/prose.ts';
import { indent } from '../words/section.ts';

const NOUNS: Readonly<Record<TodayKind, string>> = {
  file: 'file',
  read: 'declared file',
  code: 'code',
  package: 'package',
  parameter: 'parameter',
  variable: 'variable',
  backend: 'backend',
  runtime: 'runtime',
};

export function todayLines({ today }: How, screen: Screen): readonly string[] {
  if (today === undefined) return [];
  const { style, width } = screen;
  // A parameter that differs from its default is what the run was asked for, not a change.
  const facts = today.facts.filter(({ kind }) => kind !== 'parameter');
  const differing = facts.filter(({ standing }) => standing !== 'same');
  const same = facts.filter(({ standing }) => standing === 'same');
  const rows = differing.map((fact) => rowOf(fact, style));
  const [, ...lines] = tableLines(
    [{ title: '' }, { title: '', least: 12 }, { title: '' }, { title: '', least: 12 }],
    rows,
    width - 2,
  );
  return [
    '',
    style.bold('Today'),
    ...lines.map(indent),
    ...wrapText(`  ${sameWords(same, differing.length === 0)}`, paragraphWidth(screen), 2),
    ...parameterLines(today.facts, screen),
  ];
}

function sameWords(same: readonly TodayFact[], all: boolean): string {
  if (same.length === 0) return 'Nothing else that it depends on can be compared with today.';
  const counts = (Object.keys(NOUNS) as TodayKind[]).flatMap((kind) => {
    const count = new Set(same.filter((fact) => fact.kind === kind).map(({ name }) => name)).size;
    return count === 0 ? [] : [countWords(kind, count)];
  });
  return `${all ? 'All is the same' : 'The rest is the same'}: ${listWords(counts)}.`;
}

function countWords(kind: TodayKind, count: number): string {
  if (kind === 'code') return `the code of ${plural(count, 'stage')}`;
  return kind === 'runtime' ? 'the major version of Node' : plural(count, NOUNS[kind]);
}

function rowOf({ kind, name, standing, then, now, note }: TodayFact, { red, yellow }: Style) {
  const paint = standing === 'gone' ? red : yellow;
  const values =
    then === null && now === null ? '' : now === null ? `was ${then!}` : then === null ? now : `${then} -> ${now}`;
  const more = [values, note ?? ''].filter((text) => text !== '').join('; ');
  return [NOUNS[kind], name, [standing, paint] as const, more];
}

function parameterLines(facts: readonly TodayFact[], screen: Screen): readonly string[] {
  const parameters = facts.filter(({ kind }) => kind === 'parameter');
  const [first] = parameters;
  if (first === undefined) return [];
  const text = (words: string): readonly string[] => wrapText(`  ${words}`, paragraphWidth(screen), 2);
  if (parameters.every(({ standing }) => standing === 'unknown'))
    return text(first.note === null ? "Today's defaults of its parameters are not known." : sentenceOf(first.note));
  const other = parameters.filter(({ standing }) => standing !== 'same');
  if (other.length === 0) return text(`Its ${plural(parameters.length, 'parameter')} are today's defaults.`);
  const words = other.map(({ name, then, now }) => {
    if (then === null) return `${name} is new (default ${now!})`;
    return now === null ? `${name} = ${then} (no such parameter today)` : `${name} = ${then} (default ${now})`;
  });
  return text(`Parameters that are not today's defaults: ${words.join(', ')}.`);
}

function sentenceOf(note: string): string {
  return note.charAt(0).toUpperCase() + note.slice(1);
}

/** @param suggestion a command line for the same cache */
export function againLines(
  { again }: How,
  suggestion: (...words: readonly string[]) => string,
  screen: Screen,
): readonly string[] {
  if (again === undefined) return [];
  const lines = again.commands.map((words) =>
    words[0] === 'restage' ? suggestion(...words.slice(1)) : words.map(shellWord).join(' '),
  );
  return [
    '',
    screen.style.bold('To make it again'),
    ...lines.map(indent),
    ...again.obstacles.flatMap((obstacle) => wrapText(`  - ${obstacle}`, paragraphWidth(screen), 4)),
  ];
}
