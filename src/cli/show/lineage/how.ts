/**
 * What `restage how` says: in paragraphs that can go into an appendix, what was made of what, with which code,
 * parameters and versions, by whom and where.
 */
import { accessWords } from '../../../core/authoring/access.ts';
import { short } from '../../../core/identity/digest.ts';
import { type Step, type StepInput, type StepParam, stepsOf } from '../../../audit/lineage/fold.ts';
import type { How } from '../../../audit/lineage/how.ts';
import type { Lineage, LineageCode, LineageState } from '../../../audit/lineage/lineage.ts';
import { formatBytes, formatSeconds, plural } from '../../../ui/text/format.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import type { Screen } from '../../output/screen.ts';
import { acceptedSentences } from '../equivalence/accepted-sentences.ts';
import { howEffectsLines } from './how-effects.ts';
import { againLines, todayLines } from './how-today.ts';
import { listWords, paragraphWidth, listRanges } from '../words/prose.ts';
import { runSentences } from '../runs/run-sentences.ts';
import { subjectWords } from './subject-words.ts';
import { verdictWord } from '../verify/verify.ts';

export function howLines(
  how: How,
  suggestion: (...words: readonly string[]) => string,
  screen: Screen,
): readonly string[] {
  const { style } = screen;
  const width = paragraphWidth(screen);
  const paragraph = (text: string, indent = 0): readonly string[] => wrapText(text, width, indent);
  const { subject, states, files } = how;
  if (subject.roots.length === 0) return inputLines(how, suggestion, paragraph);
  const steps = stepsOf(states);
  const many = how.runs.length > 1;
  return [
    ...paragraph(subjectWords(how)),
    ...(subject.effects === undefined ? [] : howEffectsLines(subject.effects, screen)),
    '',
    ...paragraph(`${originWords(states, steps, files.length)} ${runSentences(how.runs).join(' ')}`),
    ...(files.length === 0 ? [] : ['', style.bold('Input files')]),
    ...files.flatMap(({ path, digest, bytes }) => [`  ${path}`, `    ${formatBytes(bytes)}, SHA-256 ${digest}`]),
    '',
    style.bold(steps.length === 1 ? 'The step' : 'Steps'),
    ...steps.flatMap((step, at) => paragraph(`${String(at + 1).padStart(2)}. ${stepWords(step, how, many)}`, 4)),
    ...(how.renewed.length === 0 ? [] : paragraph(renewedWords(how))),
    ...acceptedSentences(how.accepted).flatMap((sentence) => paragraph(sentence)),
    ...todayLines(how, screen),
    ...againLines(how, suggestion, screen),
  ];
}

function inputLines(
  { subject }: How,
  suggestion: (...words: readonly string[]) => string,
  paragraph: (text: string) => readonly string[],
): readonly string[] {
  return [
    ...paragraph(
      `${subject.asked} was made by no stage on record: it is an input, SHA-256 ${subject.digest!}. What was made from it:`,
    ),
    `  ${suggestion('uses', subject.file ?? short(subject.digest!))}`,
  ];
}

function originWords(states: readonly LineageState[], steps: readonly Step[], files: number): string {
  const from = files === 0 ? 'without an input file,' : `from ${plural(files, 'input file')}`;
  return `It was made ${from} in ${plural(steps.length, 'step')}, by ${plural(states.length, 'execution')} of ${plural(new Set(states.map(({ stage }) => stage)).size, 'stage')}.`;
}

const MOST_RENEWED = 5;

function renewedWords({ renewed }: Lineage): string {
  const [first] = renewed;
  if (first === undefined) return '';
  const nodes = renewed.map(({ node }) => node);
  const rest = nodes.length - MOST_RENEWED;
  const names = listWords([...nodes.slice(0, MOST_RENEWED), ...(rest > 0 ? [`${rest} more`] : [])]);
  return `In run ${first.run}, ${names} had other code, parameters or inputs and gave the same bytes, so this lineage is older there.`;
}

function stepWords(step: Step, { codes, files }: Lineage, many: boolean): string {
  const { states, stage } = step;
  const code = codes.find(({ digest }) => digest === step.code)!;
  const sentences = [
    `${nodeWords(states)} (${stage}).`,
    ...(code.description === null ? [] : [ended(code.description)]),
    ...(step.inputs.length === 0
      ? []
      : [`Inputs: ${listWords(step.inputs.map((input) => inputWords(input, files.length)))}.`]),
    ...(step.params.length === 0 ? [] : [`Parameters: ${step.params.map(paramWords).join(', ')}.`]),
    ...conditionWords(states),
    `Code: ${codeWords(code)}${packageWords(step)}.`,
    ...accessSentences(states),
    madeWords(states, many),
    ...verifiedWords(states),
  ];
  return sentences.join(' ');
}

/** `estimate@experiment=1 to estimate@experiment=5, 5 nodes` */
function nodeWords(states: readonly LineageState[]): string {
  const nodes = [...new Set(states.map(({ node }) => node))];
  const [first = ''] = nodes;
  const last = nodes.at(-1)!;
  if (nodes.length > 1) return `${first} to ${last}, ${plural(nodes.length, 'node')}`;
  return states.length === 1 ? first : `${first}, ${plural(states.length, 'execution')}`;
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const MOST_SOURCES = 4;

function inputWords({ slot, sources, isFile, count }: StepInput, files: number): string {
  const named = sources.slice(0, MOST_SOURCES);
  const rest = sources.length - named.length;
  const names = listWords([
    ...named.map((source) => (isFile ? fileName(source) : source)),
    ...(rest > 0 ? [`${rest} more`] : []),
  ]);
  if (isFile)
    return files === 1
      ? `${slot}, the file ${names}`
      : `${slot}, the ${sources.length === 1 ? 'file' : 'files'} ${names}`;
  return `${slot} from ${names}${count > sources.length ? ` (${count})` : ''}`;
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const MOST_VALUES = 6;

function paramWords({ name, values }: StepParam): string {
  if (values.length <= MOST_VALUES) return `${name} = ${values.join(' | ')}`;
  return `${name} = ${values.slice(0, MOST_VALUES - 2).join(' | ')} | … | ${values.at(-1)!} (${values.length} values)`;
}

/** Backend, seed, variables and declared files. */
function conditionWords(states: readonly LineageState[]): readonly string[] {
  const [first] = states;
  const seeds = [...new Set(states.flatMap(({ seed }) => (seed === null ? [] : [seed.split(' for ', 1)[0]!])))];
  const { backend, env, reads } = first!;
  return [
    ...(backend === null ? [] : [`It computed on ${backend}.`]),
    ...(seeds.length === 0 ? [] : [`Random numbers: seed ${listWords(seeds)}.`]),
    ...(env.length === 0 ? [] : [`Environment: ${env.map(({ name, value }) => `${name} ${value}`).join(', ')}.`]),
    ...(reads.length === 0
      ? []
      : [`It reads ${listWords(reads.map(({ name, digest }) => `${name} (${short(digest)})`))}, as it declares.`]),
  ];
}

function codeWords({ module, exportName, digest }: LineageCode): string {
  return `${module}#${exportName} (${short(digest)})`;
}

function packageWords({ packages }: Step): string {
  return packages.length === 0 ? '' : `, with ${listWords(packages.map(({ name, value }) => `${name} ${value}`))}`;
}

/** What else the states depend on. */
function accessSentences(states: readonly LineageState[]): readonly string[] {
  const kinds = new Set(
    states.flatMap(({ accesses }) => accesses.filter(({ declared }) => declared).map(({ kind }) => kind)),
  );
  const undeclared = new Set(
    states.flatMap(({ accesses }) => accesses.filter(({ declared }) => !declared).map((access) => accessWords(access))),
  );
  return [
    ...(kinds.size === 0 ? [] : [`It depends on ${listWords([...kinds])}, as it declares.`]),
    ...(undeclared.size === 0 ? [] : [`It ${listWords([...undeclared])}, and does not declare it.`]),
    ...(states.every(({ observed }) => observed) ? [] : ['What else it read was not observed.']),
  ];
}

/** `It took 0.1 s in run 1 (state 55507d48).` */
function madeWords(states: readonly LineageState[], many: boolean): string {
  const runs = [...new Set(states.map(({ run }) => run))].sort((a, b) => a - b);
  const seconds = states.reduce((sum, state) => sum + state.seconds, 0);
  const inRun = many ? ` in ${runs.length === 1 ? 'run' : 'runs'} ${listRanges(runs)}` : '';
  if (states.length === 1) return `It took ${formatSeconds(seconds)}${inRun} (state ${short(states[0]!.state)}).`;
  return `They took ${formatSeconds(seconds)} together${inRun}.`;
}

/** `Verified: 3 same bytes, 1 diverged.` */
function verifiedWords(states: readonly LineageState[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { verified } of states)
    if (verified !== null)
      counts.set(verdictWord(verified.verdict), (counts.get(verdictWord(verified.verdict)) ?? 0) + 1);
  if (counts.size === 0) return [];
  if (states.length === 1) return [`Verified: ${[...counts.keys()].join('')}.`];
  const words = [...counts].map(([word, count]) => `${count} ${word}`);
  return [`Verified of ${states.length}: ${words.join(', ')}.`];
}
