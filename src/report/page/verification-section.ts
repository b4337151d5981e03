/** What came of executing states of the run again. */
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import type { VerdictName } from '../../store/record/facts.ts';
import { plural } from '../../ui/text/format.ts';
import { type Anchors, PARTS, partLink } from './anchors.ts';
import { restNote, tableHtml } from './figure.ts';
import { type Html, markup } from './html.ts';
import { timeWord } from './words.ts';

const VERDICTS: Readonly<Record<VerdictName, string>> = {
  same: 'the same bytes came out',
  ulp: 'numbers differ by units in the last place',
  tolerance: 'numbers differ within the tolerance',
  statistical: 'numbers are as other seeds give them',
  diverged: 'something else came out',
  failed: 'it failed',
  unverifiable: 'it could not be executed again',
};

const MOST_ROWS = 500;

export function verificationSection({ nodes, run }: RunReportFacts, anchors: Anchors): Html {
  const made = nodes.flatMap(({ node, made: state }) => (state === null ? [] : [{ node, verified: state.verified }]));
  const told = made.flatMap(({ node, verified }) => (verified === null ? [] : [{ node, ...verified }]));
  const never = made.length - told.length;
  const counts = Object.entries(VERDICTS).flatMap(([verdict, words]) => {
    const count = told.filter((each) => each.verdict === verdict).length;
    return count === 0
      ? []
      : [
          markup`<li class="verdict v-${verdict}"><strong>${partLink(PARTS.verdicts, `${count} ${verdict}`)}</strong>: ${words}</li>`,
        ];
  });
  // What did not come out the same comes first.
  const rows = told
    .toSorted((a, b) => Number(a.verdict === 'same') - Number(b.verdict === 'same'))
    .slice(0, MOST_ROWS)
    .map(({ node, verdict, at }) => [anchors.named(node), verdict, timeWord(at)]);
  return markup`<section id="verification"><h2>Verification</h2>
${counts.length === 0 ? '' : markup`<ul class="verdicts">${counts}</ul>`}
${never === 0 ? '' : markup`<p class="note">${partLink(PARTS.stages, plural(never, 'state'))} ${never === 1 ? 'was' : 'were'} never executed again: <code>restage verify run:${run.id}</code> does so, and says whether they give the same bytes.</p>`}
${rows.length === 0 ? '' : markup`<details class="card"><summary>Verdicts of ${plural(told.length, 'state')}</summary><div id="${PARTS.verdicts}">${tableHtml({ columns: ['node', 'verdict', 'when'], rows }, 'Verdicts')}${told.length > MOST_ROWS ? restNote(`The first ${MOST_ROWS}.`) : ''}</div></details>`}
</section>`;
}
