/** What `restage bundle`, `bundle info` and `replay` say about a bundle: what is in it, and what would be executed. */
import { basename } from 'node:path';
import type { BundleFacts } from '../../../bundle/facts.ts';
import type { BundleDraft } from '../../../bundle/content/draft.ts';
import type { BundledSubject } from '../../../bundle/manifest.ts';
import { short } from '../../../core/identity/digest.ts';
import { formatBytes, formatSeconds, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';

export function draftLines({ subjects, lineage, lock, manifest }: BundleDraft, { style }: Screen): readonly string[] {
  const { states, files, codes } = lineage;
  const sum = files.reduce((total, { bytes }) => total + bytes, 0);
  const data = manifest.data === 'included' ? '' : ', by digest alone';
  const packages = Object.keys(lock.packages).length;
  return [
    ...subjects.map((subject) => style.bold(subjectWords(subject))),
    `  ${plural(states.length, 'state')} of ${plural(codes.length, 'stage')}, ${files.length === 0 ? 'no input file' : `${plural(files.length, 'input file')} (${formatBytes(sum)}${data})`}, ${plural(packages, 'package')}`,
  ];
}

export function bundleLines(facts: BundleFacts, screen: Screen): readonly string[] {
  const { style, width } = screen;
  const { subjects, stages, packages, inputs, reads, secrets, variables, effects, machine } = facts;
  const total = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  const states = stages.reduce((sum, stage) => sum + stage.states, 0);
  const part = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [style.bold(title), ...lines.map((line) => `  ${line}`)];
  return [
    `${basename(facts.file)}, ${formatBytes(facts.bytes)}, written by restage ${facts.restage}`,
    ...part('holds', subjects.map(subjectWords)),
    ...part(
      `would execute: ${plural(states, 'state')}, which took ${formatSeconds(total)}`,
      tableLines(
        [{ title: 'stage', least: 12 }, { title: 'states' }, { title: 'took' }],
        stages.map(({ stage, states: count, seconds }) => [stage, String(count), formatSeconds(seconds)]),
        width - 2,
      ),
    ),
    ...part(
      'would install',
      packages.map(
        ({ name, version, hasScript }) => `${name} ${version}${hasScript ? ', which runs a script of its own' : ''}`,
      ),
    ),
    ...part('input files', inputs.map(inputWords)),
    ...part('files that stages read', reads),
    ...part('secrets (a replay uses yours)', secrets),
    ...part(
      'variables that stages read',
      variables.map(
        ({ name, now }) =>
          `${name}, ${now === 'same' ? 'as it was' : 'which is not as it was; set it before you replay'}`,
      ),
    ),
    ...part('also depends on', effects),
    ...part('then and here', machineLines(machine, facts, width - 2)),
  ];
}

export function subjectWords({ name, value }: BundledSubject): string {
  return value === null || typeof value === 'object' ? name : `${name} = ${String(value)}`;
}

function inputWords({ path, digest, bytes, included }: BundleFacts['inputs'][number]): string {
  const isRemote = /^https?:/.test(path);
  const where = included
    ? 'in the bundle'
    : isRemote
      ? 'fetched when it is needed'
      : 'not in the bundle: name its folder with --data DIR';
  return `${isRemote ? path : basename(path)}, ${formatBytes(bytes)}, SHA-256 ${short(digest)}, ${where}`;
}

/** The original machine beside this one. */
function machineLines({ then, now }: BundleFacts['machine'], facts: BundleFacts, width: number): readonly string[] {
  const rows = Object.keys(now)
    .filter((name) => [then[name], now[name]].every((value) => ['string', 'number'].includes(typeof value)))
    .map((name) => [name, String(then[name]), String(now[name])]);
  const backends = facts.backends.length === 0 ? [] : [['backend', facts.backends.join(', '), '']];
  return tableLines(
    [{ title: '' }, { title: 'then', least: 12 }, { title: 'here', least: 12 }],
    [...rows, ...backends],
    width,
  );
}
