/** `restage plan` and `restage run -n`: what would run, and why. Nodes of one stage with one reason share a line. */
import { plan } from '../planning/plan/plan-command.ts';
import type { PlannedNode, PlanReport } from '../planning/plan/plan-report.ts';
import { EXIT } from '../errors.ts';
import { formatSeconds, formatTable, plural } from '../ui/text/format.ts';
import { flag } from './options.ts';
import { pipelineRequest } from './pipeline-request.ts';
import { writeJson } from './output/json.ts';
import type { Call } from './verbs.ts';

export async function planVerb(call: Call): Promise<number> {
  const report = await plan(await pipelineRequest(call));
  if (flag(call, 'json')) writeJson(call, report);
  else call.io.writeOut(`${planLines(report, flag(call, 'full')).join('\n')}\n`);
  return EXIT.ok;
}

export function planLines({ pipeline, nodes, counts }: PlanReport, full: boolean): readonly string[] {
  const open = nodes.filter(({ status }) => status !== 'hit');
  if (open.length === 0)
    return [
      `${pipeline}: nothing to run, ${nodes.length === 1 ? 'its one node is' : `all ${nodes.length} nodes are`} up to date`,
    ];
  const rows = full ? nodes.map((node) => row([node])) : groups(open).map(row);
  const known = open.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const total = known.reduce((sum, seconds) => sum + seconds, 0);
  const unknown = open.length - known.length;
  return [
    ...formatTable(['what', '', 'seconds', 'why'], rows),
    '',
    `${pipeline}: ${counts.run} to run, ${counts.pending} pending on what comes out, ${counts.hit} up to date`,
    ...(known.length === 0
      ? []
      : [
          `about ${formatSeconds(total)} of work by past durations${unknown === 0 ? '' : `, not counting ${plural(unknown, 'node')} never seen`}`,
        ]),
  ];
}

function groups(nodes: readonly PlannedNode[]): readonly (readonly PlannedNode[])[] {
  const byKind = new Map<string, PlannedNode[]>();
  for (const node of nodes) {
    const kind = JSON.stringify([node.stage, node.status, node.reason]);
    const members = byKind.get(kind);
    if (members === undefined) byKind.set(kind, [node]);
    else members.push(node);
  }
  return [...byKind.values()];
}

function row(nodes: readonly PlannedNode[]): readonly string[] {
  const { node, status, reason } = nodes[0]!;
  const name = nodes.length === 1 ? node : `${node.split('@', 1)[0]!} ×${nodes.length}`;
  const known = nodes.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const seconds = known.length === 0 ? '' : known.reduce((sum, each) => sum + each, 0).toFixed(1);
  return [name, status, seconds, reason];
}
