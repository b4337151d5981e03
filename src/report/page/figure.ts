/**
 * A figure of a report: a title, a chart with its legend, what has to be said about it, and the same numbers as a
 * table.
 */
import { type Html, type HtmlValue, markup } from './html.ts';

export interface Figure {
  /** Where links find it. */
  readonly id?: string;
  readonly title: string;
  readonly text?: string | undefined;
  readonly picture: HtmlValue;
  readonly legend?: readonly LegendEntry[];
  /** Sentences about what the chart leaves out. */
  readonly notes?: readonly string[];
  readonly table?: DataTable | undefined;
  /** Who made its numbers, with links. */
  readonly source: HtmlValue;
}

export interface LegendEntry {
  readonly name: HtmlValue;
  readonly colour: string;
  readonly shape: 'line' | 'dashed' | 'dotted' | 'dot' | 'area' | 'rule';
}

export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly HtmlValue[])[];
}

export function figureHtml({ id, title, text, picture, legend = [], notes = [], table, source }: Figure): Html {
  return markup`<figure class="card"${id === undefined ? '' : markup` id="${id}"`}>
<figcaption><h3>${title}</h3>${text === undefined || text === '' ? '' : markup`<p>${text}</p>`}</figcaption>
${picture}
${legend.length === 0 ? '' : markup`<ul class="legend">${legend.map(({ name, colour, shape }) => markup`<li><span class="key key-${shape}" style="--key:${colour}" aria-hidden="true"></span>${name}</li>`)}</ul>`}
${notes.map((note) => markup`<p class="note">${note}</p>`)}
<div class="foot">${table === undefined ? '' : markup`<details class="data"><summary>Numbers</summary>${tableHtml(table, `Numbers of ${title}`)}</details>`}<span class="source">${source}</span></div>
</figure>`;
}

/** A sentence that says what the page leaves out. */
export function restNote(words: HtmlValue): Html {
  return markup`<p class="note rest">${words}</p>`;
}

/**
 * A table in a box of its own, that scrolls where it is too wide. Columns can be sorted where the page's script runs.
 */
export function tableHtml({ columns, rows }: DataTable, label: string, className = ''): Html {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="sortable ${className}"><thead><tr>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead><tbody>${rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}
