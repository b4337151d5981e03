/** What is in a remote, and what was pushed and pulled, in lines and as JSON. */
import { short } from '../../../core/identity/digest.ts';
import type { Pulled } from '../../../remote/pull.ts';
import type { Pushed } from '../../../remote/push.ts';
import type { Listed } from '../../../remote/select-entries.ts';
import { formatBytes, formatTime, plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';

/** Newest first. */
export function contentFacts({ entries, unread }: Listed): object {
  const facts = entries
    .toReversed()
    .map(({ entry: { kind, id, pipeline, source, startedAt, outcome, tags, nodes, objects } }) => ({
      ...{ kind, id, pipeline, source, startedAt, outcome, tags, nodes },
      ...{ objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) },
    }));
  return { entries: facts, unread };
}

export function contentLines({ entries, unread }: Listed, address: string, { width }: Screen): readonly string[] {
  const rows = entries.toReversed().map(({ entry }) => {
    const { kind, id, pipeline, startedAt, outcome, tags, nodes } = entry;
    const what = kind === 'run' ? `${pipeline} (${plural(nodes.length, 'node')})` : nodes[0]!.node;
    return [short(id), kind, what, kind === 'run' ? outcome : '', formatTime(startedAt), tags.join(', ')];
  });
  const columns = [
    { title: 'id' },
    { title: 'kind' },
    { title: 'what', least: 12 },
    { title: 'outcome' },
    { title: 'began' },
    { title: 'tags', least: 8 },
  ];
  const newer = plural(unread, 'entry', 'entries');
  return [
    ...(rows.length === 0 ? [`${address} holds nothing yet`] : tableLines(columns, rows, width)),
    ...(unread > 0 ? [`${newer} of a newer format: update restage to read them`] : []),
  ];
}

export function pushLines(pushed: readonly Pushed[], name: string): readonly string[] {
  if (pushed.length === 0) return [`nothing to push: ${name} has all runs of this pipeline that have ended`];
  return pushed.flatMap(({ name: what, isNew, objects, bytes, missing }) => [
    isNew ? `${what} is in ${name}: ${sent(objects, bytes)}` : `${what} was in ${name} already`,
    ...(missing.length === 0
      ? []
      : [
          `  ${plural(missing.length, 'object')} of it ${missing.length === 1 ? 'is' : 'are'} not in this cache, so only the digest is there`,
        ]),
  ]);
}

function sent(objects: number, bytes: number): string {
  return objects === 0 ? 'no object had to be sent' : `${plural(objects, 'object')} sent, ${formatBytes(bytes)}`;
}

export function pullLines(pulled: readonly Pulled[], name: string): readonly string[] {
  if (pulled.length === 0) return [`${name} holds nothing yet`];
  return pulled.flatMap((each) => {
    const what = each.kind === 'run' ? `run ${short(each.id)}` : `the state ${short(each.id)}`;
    const here = each.run === null ? what : `${what} is run:${each.run} here`;
    const size = each.objects === 0 ? '' : `, ${plural(each.objects, 'object')} (${formatBytes(each.bytes)})`;
    switch (each.outcome) {
      case 'added':
        return [`${here}: ${plural(each.states, 'new state')}${size}`];
      case 'there':
        return [`${here}: it was here already${size}`];
      case 'newer':
        return [`${what} is of a newer restage; update restage to pull it`];
      case 'conflict':
        return [
          `${what} was not added: this cache has other bytes for ${plural(each.conflicts.length, 'output')} of the same key`,
          ...each.conflicts.map(
            ({ state, stage, output, here: ours, there }) =>
              `  ${stage}.${output} of the state ${short(state)}: ${short(ours)} here, ${short(there)} in ${name}`,
          ),
          '  pull it into a cache of its own (--cache DIR), and see which of the two "restage verify" makes again',
        ];
    }
  });
}
