/**
 * What differs between runs besides their parameters, in lines: code, packages, environment, files, seed, backend,
 * Node.
 */
import type { Comparison } from '../../../audit/runs/compare-runs.ts';
import type { ByRun } from '../../../audit/runs/conditions.ts';
import { short } from '../../../core/identity/digest.ts';
import { plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { section } from '../words/section.ts';
import { MISSING, runsWord } from '../words/value-words.ts';

export function conditionLines(comparison: Comparison, screen: Screen): readonly string[] {
  const { code, packages, environment, files, facts } = comparison;
  const words = (values: ByRun<string>): string => wordsOf(comparison, values);
  const rows = [
    ...code.map(({ stage, values }) => [`code of ${stage}`, words(mapped(values, short))]),
    ...packages.map(({ name, stages, values }) => [`package ${name}`, `${words(previews(values))}${of(stages)}`]),
    ...environment.map(({ name, stages, values }) => [name, `${words(previews(values))}${of(stages)}`]),
    ...files.map(({ path, values }) => [`file ${path}`, words(mapped(values, short))]),
    ...facts.map(({ name, values }) => [FACTS[name] ?? name, words(mapped(values, String))]),
  ];
  if (rows.length === 0 && !comparison.samePipeline)
    return ['Of code, packages, seed, backend, environment and files, nothing that several of them have differs.'];
  if (rows.length === 0)
    return [`Code, packages, seed, backend, environment and files are the same${asFarAsKnown(comparison)}.`];
  const kinds = [
    ...(code.length === 0 ? [] : [`code of ${plural(code.length, 'stage')}`]),
    ...(packages.length === 0 ? [] : [plural(new Set(packages.map(({ name }) => name)).size, 'package')]),
    ...(environment.length === 0 ? [] : ['the environment']),
    ...(files.length === 0 ? [] : [plural(files.length, 'file')]),
    ...facts.map(({ name }) => `the ${FACTS[name] ?? name}`),
  ];
  return section(`also different: ${kinds.join(', ')}`, rows, screen);
}

const FACTS: Readonly<Record<string, string>> = { node: 'Node', restage: 'restage', host: 'host' };
const MOST_STAGES = 3;

function of(stages: readonly string[]): string {
  const named = stages.slice(0, MOST_STAGES).join(', ');
  return `, of ${stages.length > MOST_STAGES ? `${named} and ${plural(stages.length - MOST_STAGES, 'stage')} more` : named}`;
}

/** What a run that did not end well never made is unknown. */
function asFarAsKnown({ runs }: Comparison): string {
  const unfinished = runs.filter(({ outcome }) => outcome !== 'ok').map(({ id }) => id);
  return unfinished.length === 0 ? '' : `, as far as ${runsWord(unfinished)} came`;
}

/** `a -> b` of two runs; of more, each value with the runs that have it. */
function wordsOf({ runs }: Comparison, values: ByRun<string>): string {
  const told = runs.map(({ id }) => [id, values[id] ?? MISSING] as const);
  if (told.length === 2) return told.map(([, word]) => word).join(' -> ');
  const byWord = new Map<string, number[]>();
  for (const [id, word] of told) byWord.set(word, [...(byWord.get(word) ?? []), id]);
  return [...byWord].map(([word, having]) => `${word} (${runsWord(having)})`).join(', ');
}

/** A version or a value; with the digest where the same words stand for several contents. */
function previews(values: ByRun<{ readonly preview: string; readonly digest: string }>): ByRun<string> {
  const all = Object.values(values);
  const isUnclear = all.some(({ preview, digest }) =>
    all.some((other) => other.preview === preview && other.digest !== digest),
  );
  return mapped(values, ({ preview, digest }) => (isUnclear ? `${preview} [${short(digest)}]` : preview));
}

function mapped<A>(values: ByRun<A>, word: (value: A) => string): ByRun<string> {
  return Object.fromEntries(Object.entries(values).map(([run, value]) => [run, word(value)]));
}
