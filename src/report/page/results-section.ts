/** The results of a run: the numbers that matter as cards, all of them as a table, and how each was made. */
import type { ReportResult } from '../../audit/report/outputs.ts';
import type { RunReportFacts } from '../../audit/report/run-report.ts';
import type { NumberLeaf } from '../../audit/runs/number-leaves.ts';
import type { Preview } from '../../core/artifact/codec.ts';
import { formatBytes } from '../../ui/text/format.ts';
import type { Anchors } from './anchors.ts';
import { tableHtml } from './figure.ts';
import { type Html, markup } from './html.ts';
import { lineageSteps } from './lineage-steps.ts';
import { digestWord, numberWord, pathWord } from './words.ts';

const MOST_CARDS = 8;
/** A longer list of numbers is closed at first. */
const MOST_OPEN = 40;
const LONGEST_JSON = 6000;

export function resultsSection(facts: RunReportFacts, anchors: Anchors): Html | string {
  const { results, nodes, elsewhere } = facts;
  if (results.length === 0 && facts.study !== null) return '';
  const places = new Map(nodes.map(({ node }, index) => [node, index]));
  const named = new Map<number, string[]>();
  for (const { name, node, digest } of results) {
    const place = places.get(node);
    if (place === undefined || digest === null) continue;
    named.set(place, [...(named.get(place) ?? []), name]);
    anchors.tell(place);
  }
  const numbers = results.flatMap((result) => result.numbers.map((leaf) => ({ ...leaf, node: result.node })));
  return markup`<section id="results"><h2>Results</h2>
${results.length === 0 ? markup`<p class="note">The pipeline names no results${nodes.length + elsewhere.length === 0 ? ', and no node is on record' : ''}.</p>` : ''}
<div class="tiles">${headlines(numbers).map(({ path, value, error, node }) => markup`<div class="tile"><span class="label">${pathWord(path)}</span>${anchors.made(node, markup`<span class="value">${numberWord(value, error)}</span>`)}</div>`)}</div>
${
  numbers.length === 0
    ? ''
    : markup`<details class="card"${numbers.length > MOST_CARDS && numbers.length <= MOST_OPEN ? markup` open` : ''}><summary>${numbers.length === 1 ? 'The number' : `All ${numbers.length} numbers`}</summary>${tableHtml(
        {
          columns: ['result', 'value', 'standard error'],
          rows: numbers.map(({ path, value, error, node }) => [
            pathWord(path),
            anchors.made(node, numberWord(value)),
            error === null ? '' : anchors.made(node, numberWord(error)),
          ]),
        },
        'All numbers of the results',
      )}</details>`
}
${results.map((result) => otherResult(result, anchors))}
${[...named].map(([place, names]) => lineageSteps(facts, place, names.join(' and '), anchors))}
</section>`;
}

type NumberOfNode = NumberLeaf & { readonly node: string };

/**
 * Numbers with a standard error first, then those that are least deep in their value; one that is there twice, once.
 */
function headlines(numbers: readonly NumberOfNode[]): readonly NumberOfNode[] {
  const rank = ({ error, path }: NumberOfNode): number => (error === null ? 100 : 0) + path.split('.').length;
  const byValue = new Map(numbers.toReversed().map((each) => [`${each.value} ${each.error}`, each]));
  return numbers
    .filter((each) => byValue.get(`${each.value} ${each.error}`) === each)
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, MOST_CARDS);
}

/** What a result is besides its numbers. */
function otherResult({ name, node, kind, digest, bytes, content }: ReportResult, anchors: Anchors): Html {
  if (digest === null)
    return markup`<p class="note"><strong>${anchors.made(node, name)}</strong> has no value: ${content.type === 'lost' ? content.why : ''}</p>`;
  const head = markup`<strong>${name}</strong> <span class="muted">${kind}, ${formatBytes(bytes!)}</span> ${digestWord(digest)}`;
  const source = markup`<p class="source muted">made by ${anchors.made(node, node)}</p>`;
  const body = contentHtml(content);
  return body === undefined
    ? markup`<div class="card result">${head}${source}</div>`
    : markup`<details class="card result"><summary>${head}</summary>${source}${body}</details>`;
}

function contentHtml(content: Preview | { readonly type: 'lost'; readonly why: string }): Html | undefined {
  switch (content.type) {
    case 'value': {
      const text = JSON.stringify(content.value, null, 2);
      return markup`<pre tabindex="0">${text.length <= LONGEST_JSON ? text : `${text.slice(0, LONGEST_JSON)}\n... (cut)`}</pre>`;
    }
    case 'text':
      return markup`<pre tabindex="0">${content.head.map((line) => `${line.slice(0, 400)}\n`)}${content.more ? '...' : ''}</pre>`;
    case 'arrays':
      return markup`<ul>${content.arrays.slice(0, 60).map(({ name, dtype, shape }) => markup`<li><code>${name}</code> ${dtype}[${shape.join(', ')}]</li>`)}</ul>`;
    case 'lost':
      return markup`<p class="note">It cannot be read any more: ${content.why}</p>`;
    case 'opaque':
      return undefined;
  }
}
