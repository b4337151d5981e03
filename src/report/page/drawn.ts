/**
 * Charts by Observable Plot as HTML, drawn without a browser: colours are the page's, so they fit a light and a dark
 * page.
 */
import type * as PlotLibrary from '@observablehq/plot';
import type { PlotOptions } from '@observablehq/plot';
import { harmless } from '../../ui/text/harmless.ts';
import { Html } from './html.ts';

export type Plot = typeof PlotLibrary;

/** Draws charts of one page. Loading takes half a second, so it is loaded once, and only where there is a chart. */
export interface ChartMaker {
  readonly Plot: Plot;
  /** `label` and `description` are what those hear who cannot see it. */
  draw(options: PlotOptions, told: { readonly label: string; readonly description: string }): Html;
}

export const CHART_WIDTH = 460;
const CHART_HEIGHT = 280;

export async function chartMaker(): Promise<ChartMaker> {
  const Plot = await import('@observablehq/plot');
  const { parseHTML } = await import('linkedom');
  const { document } = parseHTML('<html></html>') as unknown as { readonly document: object };
  return {
    Plot,
    draw(options, { label, description }) {
      const given = {
        document,
        width: CHART_WIDTH,
        height: CHART_HEIGHT,
        marginLeft: 52,
        marginTop: 30,
        marginBottom: 40,
        style: { fontSize: '12.5px', background: 'none' },
        ariaLabel: attribute(label),
        ariaDescription: attribute(description),
        color: { type: 'identity' },
        ...options,
      };
      const figure = Plot.plot(given as unknown as PlotOptions) as unknown as DrawnElement;
      figure.setAttribute('role', 'img');
      return embedded(figure.outerHTML);
    },
  };
}

/**
 * A chart of Plot as a part of a page. Its groups have labels for debugging, which no reader of a screen should say.
 */
export function embedded(svg: string): Html {
  return new Html(harmless(svg.replaceAll(/(<g\b[^>]*?) aria-label="[^"]*"/g, '$1'), false));
}

const COLOURS = 8;
/** Of lines that have the colour of an earlier one. */
export const DASHES = ['', '6,3', '2,3'] as const;

/** How many times all colours were given before the n-th thing: which dashes it has. */
export function roundOf(index: number): number {
  return Math.floor(index / COLOURS) % DASHES.length;
}

/** A colour of the page for the n-th of several things; they repeat. */
export function colourOf(index: number): string {
  return `var(--c${(index % COLOURS) + 1})`;
}

/** linkedom writes these signs into attributes as they are. */
function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** What is needed of an element: restage is compiled without the types of a browser. */
interface DrawnElement {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
}
