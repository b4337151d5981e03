/**
 * HTML as values: everything that is put into a template is escaped, unless it is HTML itself. Names of nodes,
 * parameters and messages are whatever their authors wrote, and nothing of them may become a part of the page.
 */
import { harmless } from '../../ui/text/harmless.ts';

/** A piece of a page. */
export class Html {
  readonly text: string;

  /** @param text HTML that is known to be sound */
  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type HtmlValue = Html | string | number | null | undefined | readonly HtmlValue[];

/**
 * A template, whose blanks stay as they are written: a formatter knows other names of such functions. Texts and numbers
 * are escaped, lists are joined, null is nothing.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0]!;
  for (const [index, value] of values.entries()) text += textOf(value) + parts[index + 1]!;
  return new Html(text);
}

/**
 * Between tags and in attributes with quotes of either kind. Characters that steer a terminal or turn the direction of
 * writing are left out.
 */
export function escaped(text: string): string {
  return harmless(text, false).replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function textOf(value: HtmlValue): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  let text = '';
  for (const each of value) text += textOf(each);
  return text;
}
