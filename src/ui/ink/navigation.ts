/**
 * Which page of the view the reader sees, and what each key changes: pure, so that every way through it can be tested.
 */
import type { RunModel } from '../model/run-model.ts';

/** A page of the view. `scroll` counts lines back from the end of the log. */
export type Page =
  | { readonly kind: 'overview' }
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'log'; readonly node: string; readonly scroll: number }
  | { readonly kind: 'help' };

export interface Place {
  /** The last page is shown; Esc goes back to the one before. */
  readonly pages: readonly Page[];
  /** The node that Enter opens; null until an arrow is pressed. */
  readonly selected: string | null;
}

export type Key =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'enter'
  | 'escape'
  | 'log'
  | 'help'
  | 'pause'
  | 'quit'
  | 'suspend'
  | 'redraw';

/** What a key asks for outside the view. */
export type Action = 'pause' | 'quit' | 'suspend' | 'redraw';

export const OVERVIEW: Page = { kind: 'overview' };
export const START: Place = { pages: [OVERVIEW], selected: null };

export function pageOf({ pages }: Place): Page {
  return pages.at(-1) ?? OVERVIEW;
}

/** Nodes that can be selected: the running ones, the failed ones, then the others that ended, the latest first. */
export function selectable(model: RunModel): readonly string[] {
  const nodes = new Set(model.running.map(({ node }) => node));
  for (const { node } of model.failed) nodes.add(node);
  for (const { node } of [...model.ended].reverse()) nodes.add(node);
  return [...nodes];
}

/** @param step how many lines a page has */
export function press(place: Place, key: Key, model: RunModel, step: number): { place: Place; action?: Action } {
  const page = pageOf(place);
  switch (key) {
    case 'pause':
    case 'quit':
    case 'suspend':
    case 'redraw':
      return { place, action: key };
    case 'help':
      return { place: page.kind === 'help' ? back(place) : open(place, { kind: 'help' }) };
    case 'escape':
      return { place: place.pages.length > 1 ? back(place) : START };
    case 'enter': {
      const node = place.selected ?? selectable(model)[0];
      return {
        place: page.kind !== 'overview' || node === undefined ? place : openNode(place, { kind: 'node', node }),
      };
    }
    case 'log': {
      if (page.kind === 'log') return { place: back(place) };
      const node = page.kind === 'node' ? page.node : (place.selected ?? selectable(model)[0]);
      return { place: node === undefined ? place : openNode(place, { kind: 'log', node, scroll: 0 }) };
    }
    case 'up':
    case 'down':
    case 'page-up':
    case 'page-down': {
      const lines = key.startsWith('page') ? Math.max(1, step) : 1;
      return { place: move(place, page, key.endsWith('up') ? -lines : lines, model) };
    }
  }
}

function open(place: Place, page: Page): Place {
  return { ...place, pages: [...place.pages, page] };
}

function openNode(place: Place, page: Page & { readonly node: string }): Place {
  return { ...open(place, page), selected: page.node };
}

function back(place: Place): Place {
  return { ...place, pages: place.pages.slice(0, -1) };
}

function move(place: Place, page: Page, lines: number, model: RunModel): Place {
  if (page.kind === 'help') return place;
  if (page.kind === 'log') {
    const most = Math.max(0, (model.node(page.node)?.attempt?.log.length ?? 0) - 1);
    const scroll = Math.min(most, Math.max(0, page.scroll - lines));
    return { ...place, pages: [...place.pages.slice(0, -1), { ...page, scroll }] };
  }
  const nodes = selectable(model);
  if (nodes.length === 0) return place;
  const at = place.selected === null ? -1 : nodes.indexOf(place.selected);
  const selected = nodes[at < 0 ? 0 : Math.min(nodes.length - 1, Math.max(0, at + lines))]!;
  const pages = page.kind === 'node' ? [...place.pages.slice(0, -1), { ...page, node: selected }] : place.pages;
  return { pages, selected };
}
