/** Under which conditions a run was made: its parameters, what started it, the machine and the versions. */
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import { paramsOf } from '../../audit/view/run-view.ts';
import { jsonText } from '../../core/identity/canonical.ts';
import { shellWord, plural } from '../../ui/text/format.ts';
import { PARTS } from './anchors.ts';
import { tableHtml } from './figure.ts';
import { type Html, markup } from './html.ts';
import { timeWord } from './words.ts';

const LONGEST = 400;

export function conditionsSection({ run, nodes }: RunReportFacts): Html {
  const params = [...paramsOf(run)];
  const files = new Map<string, string>();
  for (const { inputs } of nodes)
    for (const { from, digest } of inputs) if (from.kind === 'file') files.set(`${from.path} ${digest}`, digest);
  const facts: readonly (readonly [string, string | Html])[] = [
    ['pipeline', `${run.pipeline} (${run.source})`],
    [
      'command',
      markup`<code>${['restage', ...run.argv.slice(run.argv[0] === 'restage' ? 1 : 0)].map(shellWord).join(' ')}</code>`,
    ],
    ['started', timeWord(run.startedAt)],
    ['ended', run.endedAt === null ? 'no end on record' : timeWord(run.endedAt)],
    [
      'commit',
      run.commit === null
        ? 'not in a git repository'
        : `${run.commit}${run.dirty === true ? ', with uncommitted changes' : ''}`,
    ],
    ['seed', String(run.seed)],
    ['jobs', String(run.jobs)],
    ['backend', run.backend],
    ...Object.entries(run.environment).map(
      ([name, value]) => [name, typeof value === 'string' ? value : clipped(JSON.stringify(value))] as const,
    ),
  ];
  return markup`<section id="${PARTS.conditions}"><h2>Conditions</h2>
<details class="card"${params.length <= 60 ? markup` open` : ''}><summary>${plural(params.length, 'parameter')}</summary>${tableHtml(
    {
      columns: ['parameter', 'value'],
      rows: params.map(([path, value]) => [path, markup`<code>${clipped(jsonText(value))}</code>`]),
    },
    'Parameters',
  )}</details>
<details class="card" open><summary>Run and machine</summary>${tableHtml({ columns: ['what', 'value'], rows: facts.map(([name, value]) => [name, value]) }, 'Run and machine', 'facts')}</details>
${
  files.size === 0
    ? ''
    : markup`<details class="card" open><summary>${plural(files.size, 'input file')}</summary>${tableHtml(
        {
          columns: ['file', 'SHA-256'],
          rows: [...files].map(([key, digest]) => [key.slice(0, -digest.length - 1), markup`<code>${digest}</code>`]),
        },
        'Input files',
      )}</details>`
}
</section>`;
}

function clipped(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}...`;
}
