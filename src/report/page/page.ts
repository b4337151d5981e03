/**
 * A report as one HTML file: it needs no network, and no script to be read. The same record gives the same bytes. A
 * policy in the page forbids everything but its own style, pictures and its own script, by the script's digest.
 */
import { createHash } from 'node:crypto';
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import { Anchors } from './anchors.ts';
import { conditionsSection } from './conditions-section.ts';
import { costSection } from './cost-section.ts';
import { chartMaker } from './drawn.ts';
import { effectsSection } from './effects-section.ts';
import { restNote } from './figure.ts';
import { historyFigure } from './history-figure.ts';
import { Html, markup } from './html.ts';
import { panelFigure } from './panel-figure.ts';
import { resultsSection } from './results-section.ts';
import { SCRIPT } from './script.ts';
import { stagesSection } from './stages-section.ts';
import { STYLE } from './style.ts';
import { summarySection, titleOf } from './summary-section.ts';
import { verificationSection } from './verification-section.ts';

const POLICY = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export async function reportPage(facts: RunReportFacts): Promise<string> {
  const anchors = new Anchors(facts);
  const maker = await chartMaker();
  // Results first: links to how they were made lead to the steps that they list.
  const results = resultsSection(facts, anchors);
  const sections: readonly (readonly [id: string, name: string, content: Html | string])[] = [
    ['results', 'Results', results],
    ['effects', 'Effects', await effectsSection(facts, anchors)],
    ['charts', 'Charts', chartsSection(facts, anchors, maker)],
    ['lineage', 'How it was made', await stagesSection(facts, anchors)],
    ['cost', 'Time', costSection(facts, maker, anchors)],
    ['verification', 'Verification', verificationSection(facts, anchors)],
    ['conditions', 'Conditions', conditionsSection(facts)],
  ];
  const present = sections.filter(([, , content]) => content !== '');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="restage">
<title>${titleOf(facts)}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#summary">To the report</a>
<nav aria-label="Sections"><ul>${present.map(([id, name]) => markup`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main>
${summarySection(facts, anchors)}
${present.map(([, , content]) => markup`${content}\n`)}
</main>
<footer><p>Written by restage from its record. Every number leads to how it was made; digests are SHA-256, cut to 12 digits.</p></footer>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`.text;
}

function chartsSection(
  { panels, morePanels, histories }: RunReportFacts,
  anchors: Anchors,
  maker: Awaited<ReturnType<typeof chartMaker>>,
): Html | string {
  if (panels.length === 0 && histories.length === 0)
    return markup`<section id="charts"><h2>Charts</h2><p class="note">No stage of this run recorded a metric with a history, or a panel.</p></section>`;
  return markup`<section id="charts"><h2>Charts</h2><div class="figures">${panels.map((panel) => panelFigure(panel, maker, anchors))}${histories.map((history) => historyFigure(history, maker, anchors))}</div>${
    morePanels > 0
      ? restNote(
          `${morePanels === 1 ? '1 more panel is' : `${morePanels} more panels are`} not shown; restage get gives each of them.`,
        )
      : ''
  }</section>`;
}
