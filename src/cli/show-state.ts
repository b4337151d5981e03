/** What `restage show` tells about a state: what went into its key, what came out, who made it and who took it. */
import type { Output } from '../core/artifact/artifact.ts';
import { short } from '../core/identity/digest.ts';
import type { Cache } from '../store/cache.ts';
import type { InputRecord } from '../store/query/lineage.ts';
import type { StateRecord } from '../store/query/states.ts';
import { formatBytes, formatTable } from '../ui/text/format.ts';
import { type Content, contentLines, contentOf } from './content.ts';
import { attemptLines, metricLines } from './log.ts';

export type StateFacts = ReturnType<typeof stateFacts>;

const MOST_CONSUMERS = 20;

export function stateFacts(cache: Cache, state: StateRecord) {
  const { query } = cache;
  const { id, attempt, ...facts } = state;
  return {
    kind: 'state' as const,
    ...facts,
    tags: query.tags.of({ state: id }),
    attempt: query.attempts.get(attempt)!,
    fields: query.states.fields(id),
    inputs: query.lineage.inputs(id),
    outputs: query.states.outputs(id).map((output) => outputFacts(cache, output)),
    metrics: query.attempts.metrics(attempt),
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

export function stateLines(state: StateFacts): readonly string[] {
  const { code } = state;
  return [
    `state ${state.key}`,
    `  stage  ${state.stage}`,
    `  made   as ${attemptLines(state.attempt)[0]!}`,
    `  code   ${short(code.digest)} ${code.module}#${code.exportName}`,
    ...(state.tags.length === 0 ? [] : [`  tags   ${state.tags.join(', ')}`]),
    ...section('key', fieldRows(state)),
    ...section('inputs', state.inputs.map(inputRow)),
    'outputs',
    ...state.outputs.flatMap(outputLines),
    ...(state.metrics.length === 0 ? [] : ['metrics', ...metricLines(state.metrics).map(indent)]),
    ...section(
      'taken by',
      state.consumers.map((consumer) => [consumer.node, `as ${consumer.slot}`, short(consumer.state)]),
    ),
  ];
}

function fieldRows({ fields }: StateFacts): readonly (readonly string[])[] {
  return fields.map(({ name, digest, preview }) => [name, short(digest), preview === short(digest) ? '' : preview]);
}

function inputRow({ slot, index, digest, bytes, from }: InputRecord): readonly string[] {
  const source = 'path' in from ? `the file ${from.path}` : `${from.node}.${from.output} of state ${short(from.state)}`;
  return [index === null ? slot : `${slot}.${index}`, short(digest), formatBytes(bytes), source];
}

function outputLines({ name, kind, digest, bytes, content }: OutputFacts): readonly string[] {
  return [
    indent(`${name}  ${kind}  ${short(digest)}  ${formatBytes(bytes)}`),
    ...contentLines(content).map((line) => indent(indent(line))),
  ];
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const [, ...lines] = formatTable(
    rows[0]!.map(() => ''),
    rows,
  );
  return [title, ...lines.map(indent)];
}

function indent(line: string): string {
  return `  ${line}`;
}
