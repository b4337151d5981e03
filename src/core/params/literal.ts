/**
 * Values as text: JSON, in which words may stand without quotes. A quoted word is text. Any other word keeps its
 * spelling, so that a schema of text gets `1.10` and a schema of numbers 1.1.
 */
import type { CanonicalValue } from '../identity/canonical.ts';
import type { Setting } from './setting.ts';

/**
 * The list or object that the text is; in mode `json` also a scalar, and only what JSON allows.
 * Undefined for any other text.
 */
export function readLiteral(text: string, mode: 'words' | 'json'): Setting | undefined {
  if (mode === 'json') {
    try {
      return ofJson(JSON.parse(text) as CanonicalValue);
    } catch {
      return undefined;
    }
  }
  if (!/^\s*[[{]/.test(text)) return undefined;
  const reader = new Reader(text);
  const setting = reader.value();
  return setting !== undefined && reader.isAtEnd() ? setting : undefined;
}

function ofJson(value: CanonicalValue): Setting {
  if (Array.isArray(value)) return { own: { list: (value as readonly CanonicalValue[]).map(ofJson) } };
  if (typeof value !== 'object' || value === null) return { own: { value } };
  return { below: Object.entries(value).map(([name, member]) => [name, ofJson(member)] as const) };
}

const SPACE = /\s*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const WORD = /[^,[\]{}"]+/y;
const NAME = /[^,[\]{}":]+/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#take(SPACE);
    return this.#at === this.#text.length;
  }

  value(): Setting | undefined {
    if (this.#sign('[')) return this.#list();
    if (this.#sign('{')) return this.#object();
    const quoted = this.#quoted();
    if (quoted !== undefined) return { own: { value: quoted } };
    const word = this.#take(WORD)?.trim();
    return word === undefined || word === '' ? undefined : { own: { text: word } };
  }

  #list(): Setting | undefined {
    const list: Setting[] = [];
    if (this.#sign(']')) return { own: { list } };
    for (;;) {
      const item = this.value();
      if (item === undefined) return undefined;
      list.push(item);
      if (this.#sign(']')) return { own: { list } };
      if (!this.#sign(',')) return undefined;
    }
  }

  #object(): Setting | undefined {
    const below = new Map<string, Setting>();
    if (this.#sign('}')) return { below: [] };
    for (;;) {
      this.#take(SPACE);
      const name = this.#quoted() ?? this.#take(NAME)?.trim();
      if (name === undefined || !this.#sign(':')) return undefined;
      const member = this.value();
      if (member === undefined || below.has(name)) return undefined;
      below.set(name, member);
      if (this.#sign('}')) return { below: [...below] };
      if (!this.#sign(',')) return undefined;
    }
  }

  #sign(sign: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #quoted(): string | undefined {
    const start = this.#at;
    const found = this.#take(QUOTED);
    if (found === undefined) return undefined;
    try {
      return JSON.parse(found) as string;
    } catch {
      this.#at = start;
      return undefined;
    }
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
