/** The head of a report: which run this is, how it ended, and what became of its nodes. */
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import { formatSeconds, plural, shellWord } from '../../ui/text/format.ts';
import { type Anchors, PARTS, partLink } from './anchors.ts';
import { type Html, markup } from './html.ts';
import { restNote } from './figure.ts';
import { countChips, OUTCOMES, outcomeWord, timeWord } from './words.ts';

const OUTCOME_SENTENCES: Readonly<Record<RunReportFacts['run']['outcome'], string>> = {
  ok: 'complete',
  failed: 'failed',
  interrupted: 'interrupted',
  detached: 'ended before attempts that go on elsewhere',
  running: 'in progress: what is on record so far',
  died: 'its process was killed: what is on record',
};

/** `higgs, run 3`: the title of the page. */
export function titleOf({ run, study }: RunReportFacts): string {
  return study === null ? `${run.pipeline}, run ${run.id}` : `${study.name}: an experiment`;
}

export function summarySection(facts: RunReportFacts, anchors: Anchors): Html {
  const { run, study, branch, failures } = facts;
  const seconds = run.endedAt === null ? null : (run.endedAt - run.startedAt) / 1000;
  return markup`<header id="summary">
<p class="kicker">${study === null ? `Report of a run · ${run.source}` : `Report of an experiment · ${run.source} · run ${run.id}`}${run.tags.map((tag) => markup` <span class="tag">${tag}</span>`)}</p>
<h1>${titleOf(facts)}</h1>
<p class="lead"><strong class="state state-${run.outcome}">${OUTCOME_SENTENCES[run.outcome]}</strong> · ${timeWord(run.startedAt)}${seconds === null ? '' : markup` · <span class="nowrap">${partLink(PARTS.cost, formatSeconds(seconds))}</span>`} · ${partLink(PARTS.lineage, `${plural(facts.nodes.length, 'node')} in ${plural(facts.stages.length, 'stage')}`)}</p>
${branch === null ? '' : markup`<p>Branch <strong>${branch.branch}</strong> of the experiment ${branch.study}, with seed ${partLink(PARTS.conditions, String(branch.seed))}.</p>`}
${outcomeBar(facts)}
<p class="chips">${countChips(run.counts, PARTS.lineage)}</p>
<p class="muted">To repeat it: <code>${study === null ? `restage run ${shellWord(run.source)} --like run:${run.id}` : `restage ablate ${shellWord(run.source)}`}</code>. To ask further: <code>${study === null ? `restage how run:${run.id}` : `restage tree ${shellWord(study.name)}`}</code>.</p>
</header>
${failures.length === 0 ? '' : failuresHtml(facts, anchors)}`;
}

function outcomeBar({ run: { counts }, nodes }: RunReportFacts): Html | string {
  if (nodes.length === 0) return '';
  const present = OUTCOMES.filter((outcome) => counts[outcome] > 0);
  const words = present.map((outcome) => `${counts[outcome]} ${outcomeWord(outcome)}`).join(', ');
  return markup`<div class="bar" role="img" aria-label="${words}">${present.map((outcome) => markup`<span class="o-${outcome}" style="flex:${counts[outcome]}"></span>`)}</div>`;
}

const MOST_FAILURES = 50;

function failuresHtml({ failures }: RunReportFacts, anchors: Anchors): Html {
  const rest = failures.length - MOST_FAILURES;
  return markup`<section id="failures"><h2>Failures</h2>${failures
    .slice(0, MOST_FAILURES)
    .map(
      ({ node, number, failure }) =>
        markup`<div class="failure"><p><strong>${anchors.named(node)}</strong> failed${number > 1 ? ` at attempt ${number}` : ''}: ${failure?.message}</p>${failure?.stack == null ? '' : markup`<details><summary>Stack</summary><pre>${failure.stack}</pre></details>`}</div>`,
    )}${rest > 0 ? restNote(`And ${rest} more: restage log.`) : ''}</section>`;
}
