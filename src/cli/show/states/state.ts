/**
 * What `restage show` says about a state: its key, its inputs and outputs, which attempt made it and which nodes read
 * it.
 */
import { type Access, accessWords } from '../../../core/authoring/access.ts';
import type { Output } from '../../../core/artifact/artifact.ts';
import { shownPreview } from '../../../core/identity/cache-key.ts';
import { short } from '../../../core/identity/digest.ts';
import type { Cache } from '../../../store/cache.ts';
import type { InputRecord } from '../../../store/query/lineage.ts';
import type { StateRecord } from '../../../store/query/states.ts';
import { formatBytes, formatTime } from '../../../ui/text/format.ts';
import { acceptancesOf } from '../../../audit/view/acceptances.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import { acceptedSentences } from '../equivalence/accepted-sentences.ts';
import { type Content, contentLines, contentOf } from '../words/content.ts';
import { attemptWords, metricLines } from '../runs/attempt.ts';
import { paragraphWidth } from '../words/prose.ts';
import { indent, section } from '../words/section.ts';
import { verdictWord } from '../verify/verify.ts';
import type { Screen } from '../../output/screen.ts';

export type StateFacts = ReturnType<typeof stateFacts>;

const MOST_CONSUMERS = 20;

export function stateFacts(cache: Cache, state: StateRecord) {
  const { query } = cache;
  const { id, attempt, ...facts } = state;
  const { observed, accesses } = query.accesses.of(id);
  return {
    kind: 'state' as const,
    ...facts,
    tags: cache.query.tags.of({ state: id }),
    attempt: query.attempts.get(attempt)!,
    fields: cache.query.states.fields(id),
    inputs: query.lineage.inputs(id),
    outputs: cache.query.states.outputs(id).map((output) => outputFacts(cache, output)),
    metrics: query.attempts.metrics(attempt),
    observed,
    accesses,
    verifications: query.verifications.of(id),
    accepted: acceptancesOf(query, [id]),
    consumers: query.lineage.consumers(id, MOST_CONSUMERS),
  };
}

interface OutputFacts extends Omit<Output, 'inline'> {
  readonly content: Content;
}

function outputFacts(cache: Cache, output: Output): OutputFacts {
  const { name, kind, digest, bytes } = output;
  return { name, kind, digest, bytes, content: contentOf(cache, output) };
}

export function stateLines(state: StateFacts, screen: Screen): readonly string[] {
  const { style, width } = screen;
  const { code } = state;
  return [
    style.bold(`state ${state.key}`),
    `  stage  ${state.stage}`,
    `  made   as ${state.attempt.node}: ${attemptWords(state.attempt)}`,
    `  code   ${short(code.digest)} ${code.module}#${code.exportName}`,
    ...(state.tags.length === 0 ? [] : [`  tags   ${state.tags.join(', ')}`]),
    ...state.verifications.map(({ at, verdict }) => `  verified ${formatTime(at)}: ${verdictWord(verdict)}`),
    ...acceptedSentences(state.accepted).flatMap((sentence) => wrapText(`  ${sentence}`, paragraphWidth(screen), 4)),
    ...section('key', fieldRows(state), screen),
    ...section('inputs', state.inputs.map(inputRow), screen),
    ...accessLines(state, screen),
    style.bold('outputs'),
    ...state.outputs.flatMap((output) => outputLines(output, width)),
    ...(state.metrics.length === 0
      ? []
      : [style.bold('metrics'), ...metricLines(state.metrics, width - 2).map(indent)]),
    ...section(
      'read by',
      state.consumers.map((consumer) => [consumer.node, `as ${consumer.slot}`, short(consumer.state)]),
      screen,
    ),
  ];
}

function fieldRows({ fields }: StateFacts): readonly (readonly string[])[] {
  return fields.map((field) => {
    const digest = short(field.digest);
    return [field.name, digest, field.preview === digest ? '' : shownPreview(field)];
  });
}

function inputRow({ slot, index, digest, bytes, from }: InputRecord): readonly string[] {
  const source = 'path' in from ? `the file ${from.path}` : `${from.node}.${from.output} of state ${short(from.state)}`;
  return [index === null ? slot : `${slot}.${index}`, short(digest), formatBytes(bytes), source];
}

/** What else the state depends on: declared (it is not reproducible then), undeclared, or unknown. */
function accessLines({ observed, accesses }: StateFacts, screen: Screen): readonly string[] {
  const [declared, undeclared] = [true, false].map((is) => accesses.filter((access) => access.declared === is));
  const kinds = [...new Set(declared!.map(({ kind }) => kind))];
  return [
    ...(observed ? [] : ['  what else it read was not observed by the executor that made it']),
    ...(kinds.length === 0 ? [] : [`  not reproducible: it depends on ${kinds.join(', ')}, as its stage declares`]),
    ...section('undeclared inputs', undeclared!.map(accessRow), screen),
  ];
}

function accessRow(access: Access): readonly string[] {
  const { place, count } = access;
  return [accessWords(access), count === 1 ? 'once' : `${count} times`, place ?? 'place unknown'];
}

function outputLines({ name, kind, digest, bytes, content }: OutputFacts, width: number): readonly string[] {
  return [
    indent(`${name}  ${kind}  ${short(digest)}  ${formatBytes(bytes)}`),
    ...contentLines(content, width - 4).map((line) => indent(indent(line))),
  ];
}
