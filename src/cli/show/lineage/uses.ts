/** What `restage uses` says: what was made from something, by stage, and which results rest on it. */
import type { Uses, UserState, UserTable } from '../../../audit/lineage/uses.ts';
import { short } from '../../../core/identity/digest.ts';
import { plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { tableLines } from '../../output/table.ts';
import { groupedNames } from '../runs/planned-groups.ts';
import { rangeWords } from '../words/prose.ts';
import { indent, section } from '../words/section.ts';

const MOST_NAMES = 3;
const MOST_RESULTS = 20;

export function usesLines({ asked, kind, digest, states, results, effects }: Uses, screen: Screen): readonly string[] {
  const what = {
    code: 'the code',
    source: 'the source file',
    file: 'the file',
    output: 'the output',
    state: 'the state',
    run: 'run',
    effects: 'the effects',
  }[kind];
  const name = kind === 'run' ? `run ${asked.replace(/^run:/, '')}` : `${what} ${asked}`;
  const sha = digest === undefined ? '' : ` (${digest.slice(0, 16)})`;
  if (states.length === 0 && results.length === 0 && effects.length === 0)
    return [`Nothing on record was made from ${name}${sha}.`];
  const shown = results.slice(0, MOST_RESULTS);
  const rest = results.length - shown.length;
  return [
    states.length === 0
      ? `No state was made from ${name}${sha}.`
      : `${plural(states.length, 'state')} of ${plural(new Set(states.map(({ stage }) => stage)).size, 'stage')} ${states.length === 1 ? 'was' : 'were'} made from ${name}${sha}.`,
    ...(states.length === 0 ? [] : stageLines(states, screen)),
    ...section(
      'results that rest on it',
      shown.map((result) => [`run ${result.run}`, result.name, `${result.node}.${result.output}`]),
      screen,
    ),
    ...section('effect tables that rest on it', effects.slice(0, MOST_RESULTS).map(tableCells), screen),
    ...(rest > 0 ? [indent(`and ${plural(rest, 'result')} more`)] : []),
  ];
}

function tableCells({ study, metric, isPath, run, table }: UserTable): readonly string[] {
  return [short(table), `effects on ${metric} in ${study}${isPath ? ', step by step' : ''}`, `run ${run}`];
}

function stageLines(states: readonly UserState[], { style, width }: Screen): readonly string[] {
  const groups = new Map<string, UserState[]>();
  for (const state of states) {
    const group = groups.get(state.stage);
    if (group === undefined) groups.set(state.stage, [state]);
    else group.push(state);
  }
  const rows = [...groups].map(([stage, members]) => {
    const runs = [...new Set(members.map(({ run }) => run))].sort((a, b) => a - b);
    const direct = members.filter((state) => state.direct).length;
    return [stage, String(members.length), direct === 0 ? '' : String(direct), rangeWords(runs), nodesOf(members)];
  });
  const titles = ['stage', 'states', 'direct', 'made in run', 'nodes'];
  const columns = titles.map((title) =>
    title === 'nodes' || title === 'made in run' ? { title, least: 12 } : { title },
  );
  const [head, ...lines] = tableLines(columns, rows, width - 2);
  return [style.bold(indent(head!)), ...lines.map(indent)];
}

/** `fit@fold=0, fit@fold=1`; of more, `base/seed-0..4/fit ×50, rate=0.1/seed-0..4/fit ×50`. */
function nodesOf(states: readonly UserState[]): string {
  const nodes = [...new Set(states.map(({ node }) => node))];
  if (nodes.length <= MOST_NAMES) return nodes.join(', ');
  const groups = groupedNames(nodes);
  const more = nodes.length - groups.slice(0, MOST_NAMES).reduce((sum, { members }) => sum + members.length, 0);
  const names = groups.slice(0, MOST_NAMES).map(({ name }) => name);
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
