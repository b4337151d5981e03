/** What `restage diff` says about two runs, states, artifacts or codes. */
import type { ArtifactDiff } from '../../../audit/diff/diff-artifacts.ts';
import type { Diff } from '../../../audit/diff/diff.ts';
import type { MetricChange, RunDiff } from '../../../audit/diff/diff-runs.ts';
import type { WorkingDiff } from '../../../audit/diff/diff-working.ts';
import type { StateDiff } from '../../../audit/diff/diff-states.ts';
import type { FieldChange } from '../../../audit/change/field-changes.ts';
import { short } from '../../../core/identity/digest.ts';
import { plural, formatNumber } from '../../../ui/text/format.ts';
import type { Style } from '../../../ui/text/style.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import type { Screen } from '../../output/screen.ts';
import { acceptedOnSides, acceptedSentences } from '../equivalence/accepted-sentences.ts';
import { paragraphWidth } from '../words/prose.ts';
import { indent, section } from '../words/section.ts';

const MOST_ROWS = 30;

export function diffLines(found: Diff, screen: Screen): readonly string[] {
  switch (found.kind) {
    case 'runs':
      return runLines(found, screen);
    case 'states':
      return stateLines(found, screen);
    case 'artifacts':
      return [found.name, ...artifactLines(found.artifacts, screen)];
    case 'codes':
      return found.files.length === 0
        ? ['The sources are the same.']
        : found.files.flatMap(({ lines }) => lines.map((line) => painted(line, screen.style)));
  }
}

/** Of a run and of what a run would be now. */
export function workingLines(found: WorkingDiff, screen: Screen): readonly string[] {
  const { before, outputs, nodes, hits } = found;
  const count = (status: string): number => nodes.filter((each) => each.status === status).length;
  const shown = nodes.slice(0, MOST_ROWS);
  const rest = nodes.length - shown.length;
  return [
    screen.style.bold(`run ${before.id} of ${before.pipeline} -> a run of ${found.pipeline} now`),
    ...askedLines(found, screen),
    ...section(
      `would run (${count('run')}; ${count('pending')} more if an input changes; ${hits} up to date)`,
      [
        ...shown.map(({ node, status, reason }) => [node, status === 'run' ? 'runs' : 'pending', reason]),
        ...(rest > 0 ? [[`and ${rest} more`, '', '']] : []),
      ],
      screen,
    ),
    ...found.results.flatMap((result) => [
      screen.style.bold(`result ${result.name}`),
      ...artifactLines(result, screen).map(indent),
    ]),
    ...section(
      'results of one side alone',
      some([
        ...found.onlyBefore.map((name) => [name, `only run ${before.id}`]),
        ...found.onlyAfter.map((name) => [name, 'only now']),
      ]),
      screen,
    ),
    ...(nodes.length === 0 ? [`nothing would run: all ${plural(hits, 'node')} are up to date`] : []),
    outputs.same + outputs.differ === 0
      ? 'no node has a state on both sides'
      : outputs.differ === 0
        ? `outputs that both sides have: all ${outputs.same} are the same`
        : `outputs that both sides have: ${outputs.differ} ${outputs.differ === 1 ? 'differs' : 'differ'}, ${outputs.same} ${outputs.same === 1 ? 'is' : 'are'} the same`,
    ...acceptedOnSides(
      { before: found.accepted.before, after: found.accepted.now },
      [`run ${before.id}`, 'a run as it would be now'],
      paragraphWidth(screen),
    ),
  ];
}

/** What was asked for, of which code, where, and how it was wired. */
function askedLines(
  {
    params,
    codes,
    fields,
    files,
    environment,
    structure,
  }: Pick<RunDiff, 'params' | 'codes' | 'fields' | 'files' | 'environment' | 'structure'>,
  screen: Screen,
): readonly string[] {
  return [
    ...section('parameters', some(params.map(({ path, ...change }) => [path, ...arrow(change)])), screen),
    ...section(
      'code',
      some(codes.map(({ stage, ...change }) => [stage, `${short(change.before)} -> ${short(change.after)}`])),
      screen,
    ),
    ...section(
      'packages and conditions',
      some(fields.map((change) => [change.field, previews(change), `in ${change.stages.join(', ')}`])),
      screen,
    ),
    ...section(
      'files',
      some(files.map(({ path, ...change }) => [path, `${short(change.before)} -> ${short(change.after)}`])),
      screen,
    ),
    ...section('environment', some(environment.map(({ name, ...change }) => [name, ...arrow(change)])), screen),
    ...section(
      'nodes',
      some([
        ...structure.added.map((node) => ['added', node]),
        ...structure.removed.map((node) => ['removed', node]),
        ...structure.rewired.map(({ node, ...wires }) => [
          'rewired',
          `${node}: ${wires.before.join(', ') || 'nothing'} -> ${wires.after.join(', ') || 'nothing'}`,
        ]),
      ]),
      screen,
    ),
  ];
}

function runLines(found: RunDiff, screen: Screen): readonly string[] {
  const { before, after, outputs, firstDivergence } = found;
  const other = before.pipeline === after.pipeline ? '' : ': two pipelines, compared in what they have in common';
  return [
    screen.style.bold(`run ${before.id} of ${before.pipeline} -> run ${after.id} of ${after.pipeline}${other}`),
    ...askedLines(found, screen),
    ...found.results.flatMap((result) => [
      screen.style.bold(`result ${result.name}`),
      ...artifactLines(result, screen).map(indent),
    ]),
    ...section(
      'results of one run alone',
      some([
        ...found.onlyBefore.map((name) => [name, `only run ${before.id}`]),
        ...found.onlyAfter.map((name) => [name, `only run ${after.id}`]),
      ]),
      screen,
    ),
    ...section(
      'metrics',
      some(
        folded(found.metrics).map(({ name, before, after }) => [
          name,
          numberOf(before),
          numberOf(after),
          difference({ before, after }),
        ]),
      ),
      screen,
    ),
    outputs.differ === 0
      ? `all ${plural(outputs.same, 'output')} of nodes that both have are the same`
      : `${plural(outputs.differ, 'output')} of nodes that both have differ, ${outputs.same} are the same`,
    ...(firstDivergence === null
      ? []
      : [
          `first to differ: ${firstDivergence.node}, from the same inputs: ${firstDivergence.outputs.join(', ')}, with ${reasons(firstDivergence.fields)}${byEquivalence(found)}`,
        ]),
    ...acceptedOnSides(found.accepted, [`run ${before.id}`, `run ${after.id}`], paragraphWidth(screen)),
  ];
}

/** What a node took that had no state of its own. */
function byEquivalence({ before, after, firstDivergence }: RunDiff): string {
  const { equivalence } = firstDivergence!;
  const sides = [
    [before, equivalence.before],
    [after, equivalence.after],
  ] as const;
  return sides
    .map(([{ id }, number]) =>
      number === null ? '' : `; run ${id} took the state of another key, by equivalence ${number}`,
    )
    .join('');
}

/** The same metric of several instances of a node is one row, with the means of those that both runs have. */
function folded(metrics: RunDiff['metrics']): readonly Omit<MetricChange, 'node'>[] {
  const groups = new Map<string, MetricChange[]>();
  for (const metric of metrics) {
    const group = `${metric.node.split('@', 1)[0]!}.${metric.name}`;
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [metric]);
    else members.push(metric);
  }
  return [...groups].flatMap(([group, members]) => {
    const paired = members.filter(({ before, after }) => before !== undefined && after !== undefined);
    const alone = members.filter((member) => !paired.includes(member));
    const rows = alone.map(({ node, name, ...change }) => ({ name: `${node}.${name}`, ...change }));
    if (paired.length < 2)
      return [...paired.map(({ node, name, ...change }) => ({ name: `${node}.${name}`, ...change })), ...rows];
    const mean = (side: 'before' | 'after'): number =>
      paired.reduce((sum, each) => sum + each[side]!, 0) / paired.length;
    return [{ name: `${group}, mean of ${paired.length}`, before: mean('before'), after: mean('after') }, ...rows];
  });
}

/** Why a node came to something else. Without a field that differs, its key is the same: it was made again. */
function reasons(fields: readonly FieldChange[]): string {
  return fields.length === 0
    ? 'no field of its key that differs'
    : fields.map((change) => `${change.field} ${previews(change)}`).join(', ');
}

function stateLines(
  { before, after, fields, outputs, same, onlyBefore, onlyAfter, accepted }: StateDiff,
  screen: Screen,
): readonly string[] {
  const told = acceptedSentences(accepted).flatMap((sentence) => wrapText(sentence, paragraphWidth(screen), 0));
  if (before.state === after.state) return [`Both are the state ${before.state} of ${before.node}.`, ...told];
  const { style } = screen;
  return [
    style.bold(`state ${short(before.state)} of ${before.node} -> state ${short(after.state)} of ${after.node}`),
    ...section('key', some(keyRows(fields)), screen),
    ...outputs.flatMap((output) => [style.bold(`output ${output.name}`), ...artifactLines(output, screen).map(indent)]),
    ...section(
      'outputs of one state alone',
      [...onlyBefore.map((name) => [name, 'only the first']), ...onlyAfter.map((name) => [name, 'only the second'])],
      screen,
    ),
    ...(same === 0 ? [] : [`${plural(same, 'output')} the same`]),
    ...told,
  ];
}

/** Inputs of a slot that takes many are one row. */
function keyRows(fields: readonly FieldChange[]): readonly (readonly string[])[] {
  const lists = new Map<string, number>();
  for (const { field } of fields) {
    const slot = /^(in\..+)\.\d+$/.exec(field)?.[1];
    if (slot !== undefined) lists.set(slot, (lists.get(slot) ?? 0) + 1);
  }
  return [
    ...fields.filter(({ field }) => !/^in\..+\.\d+$/.test(field)).map((change) => [change.field, previews(change)]),
    ...[...lists].map(([slot, count]) => [slot, `${count} of its inputs`]),
  ];
}

function artifactLines({ before, after, kind, how }: ArtifactDiff, screen: Screen): readonly string[] {
  const digests = `${kind} ${short(before)} -> ${short(after)}`;
  switch (how.type) {
    case 'same':
      return [`the same ${kind} ${short(before)}`];
    case 'kinds':
      return [`${how.before} -> ${how.after}`];
    case 'lost':
      return [`${digests}: ${how.why}`];
    case 'text':
      return how.lines.map((line) => painted(line, screen.style));
    case 'values':
      return how.differences.length === 0
        ? [`${digests}: the same values in other bytes`]
        : how.differences.length <= MOST_ROWS
          ? how.differences.map(wordsOf)
          : [
              ...how.differences.slice(0, MOST_ROWS).map(wordsOf),
              `and ${plural(how.differences.length - MOST_ROWS, 'difference')} more; --json lists them`,
            ];
  }
}

function wordsOf({
  where,
  what,
  numbers,
}: {
  where: string;
  what: string;
  numbers?: { first: number; total: number };
}): string {
  const at = numbers === undefined || numbers.total === 1 ? '' : `, first at ${numbers.first}`;
  return `${where === '' ? '' : `${where}: `}${what}${at}`;
}

/** The first rows, and how many there are besides. */
function some(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  if (rows.length <= MOST_ROWS) return rows;
  const rest = `and ${rows.length - MOST_ROWS} more; --json lists them`;
  return [...rows.slice(0, MOST_ROWS), [rest, ...rows[0]!.slice(1).map(() => '')]];
}

function arrow({ before, after }: { readonly before?: unknown; readonly after?: unknown }): readonly string[] {
  return [`${valueText(before)} -> ${valueText(after)}`];
}

function valueText(value: unknown): string {
  return value === undefined ? 'absent' : typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

function previews({ before, after }: Pick<FieldChange, 'before' | 'after'>): string {
  const [first, second] = [before?.preview ?? 'absent', after?.preview ?? 'absent'];
  return first === second ? `${first} -> ${second} (other content)` : `${first} -> ${second}`;
}

function numberOf(value: number | undefined): string {
  return value === undefined ? '-' : formatNumber(value);
}

function difference({
  before,
  after,
}: {
  readonly before: number | undefined;
  readonly after: number | undefined;
}): string {
  if (before === undefined || after === undefined) return '';
  const step = after - before;
  return `${step > 0 ? '+' : ''}${formatNumber(step)}`;
}

function painted(line: string, style: Style): string {
  if (line.startsWith('@@')) return style.dim(line);
  if (/^(---|\+\+\+) /.test(line)) return style.bold(line);
  return line.startsWith('+') ? style.green(line) : line.startsWith('-') ? style.red(line) : line;
}
