/**
 * Reads YAML, of which JSON is a part, as settings. A plain word keeps its spelling beside what YAML reads it as, so
 * that the schema decides whether `1.10` is text; every value keeps its line.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml';
import { type CanonicalValue, canonical } from '../../core/identity/canonical.ts';
import type { Setting } from '../../core/params/setting.ts';
import { ParamError } from '../../errors.ts';

/** An alias may name what holds aliases: a short file can stand for a value without end. */
const MOST_NODES = 100_000;

/** @param file its name in errors. @throws ParamError with the line */
export function yamlSetting(text: string, file: string): Setting {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.2', lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [trouble] = [...document.errors, ...document.warnings];
  const placeOf = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  if (trouble !== undefined)
    throw new ParamError(
      `The parameters of ${placeOf(trouble.pos[0])} cannot be read: ${lowered(trouble.message.split('\n', 1)[0]!)}.`,
    );
  const { contents } = document as { readonly contents: Node | null };
  if (contents === null) return { below: [] };
  if (!isMap(contents))
    throw new ParamError(`${file} holds no parameters by name; write for example "rate: 0.1", one a line.`);
  return new Reader(document, placeOf).setting(contents);
}

class Reader {
  readonly #document: Document;
  readonly #placeOf: (offset: number) => string;
  readonly #above = new Set<Node>();
  #nodes = 0;

  constructor(document: Document, placeOf: (offset: number) => string) {
    this.#document = document;
    this.#placeOf = placeOf;
  }

  setting(node: Node | null): Setting {
    if (node === null) return { own: { value: null } };
    const place = this.#placeOf(node.range?.[0] ?? 0);
    this.#nodes += 1;
    if (this.#above.has(node) || this.#nodes > MOST_NODES)
      throw new ParamError(`The parameters of ${place} cannot be read: an alias makes them endless.`);
    if (isScalar(node)) return { own: scalar(node, place), place };
    this.#above.add(node);
    const setting = this.#collection(node, place);
    this.#above.delete(node);
    return setting;
  }

  #collection(node: Node, place: string): Setting {
    if (isAlias(node)) return { ...this.setting(node.resolve(this.#document) ?? null), place };
    if (isSeq(node)) return { own: { list: node.items.map((item) => this.setting(item as Node | null)) }, place };
    if (!isMap(node)) throw new ParamError(`The parameters of ${place} are neither a map nor a list nor a value.`);
    const below = node.items.map(({ key, value }): readonly [string, Setting] => {
      if (!isScalar(key)) throw new ParamError(`A name of a parameter at ${place} is not a word.`);
      const name = key.source ?? String(key.value);
      return [name, this.setting(value as Node | null)];
    });
    return { below, place };
  }
}

function scalar(node: Scalar, place: string): NonNullable<Setting['own']> {
  const { value, source, type, tag } = node;
  if (value === null) return { value: null };
  if (type !== 'PLAIN' || tag !== undefined) return { value: jsonValue(value, place) };
  // YAML's own reading is only used where the schema has none: `.inf` has none in JSON.
  const isReading = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  return { text: source ?? JSON.stringify(value), ...(isReading ? { or: value as CanonicalValue } : {}) };
}

function jsonValue(value: unknown, place: string): CanonicalValue {
  return canonical(value, place);
}

function lowered(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`;
}
