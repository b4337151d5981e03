/**
 * Takes secrets out of a stream of text, however it is cut into chunks. What may be the beginning of a secret is held
 * back until it is known whether it is one, and nothing else is: never more than the longest spelling.
 */
import { spellingsOf } from './spellings.ts';

/** Written where a secret was; overlapping ones get one. */
export const HIDDEN = '(secret)';

export class Redactor {
  readonly #spellings = new Set<string>();
  /** The spellings by their first code unit. */
  readonly #beginnings = new Map<number, string[]>();
  #longest = 0;
  #held = '';
  /** Of what is held, this much from its beginning is a part of a secret that `HIDDEN` stands for already. */
  #covered = 0;

  constructor(secrets: Iterable<string> = []) {
    this.learn(secrets);
  }

  /** How many code units are held back. */
  get held(): number {
    return this.#held.length;
  }

  /** From here on, these are taken out as well. */
  learn(secrets: Iterable<string>): void {
    for (const spelling of [...secrets].flatMap(spellingsOf)) {
      if (this.#spellings.has(spelling)) continue;
      this.#spellings.add(spelling);
      this.#longest = Math.max(this.#longest, spelling.length);
      const first = spelling.charCodeAt(0);
      this.#beginnings.set(first, [...(this.#beginnings.get(first) ?? []), spelling]);
    }
  }

  /** Of this chunk and of what was held back, the text that is known not to be a secret, without secrets. */
  write(chunk: string): string {
    const text = this.#held + chunk;
    return this.#pass(text, text.length - this.#unfinished(text, 1));
  }

  /** What is still held back: nothing follows that would make it a secret. */
  flush(): string {
    return this.#pass(this.#held, this.#held.length);
  }

  /**
   * A text that is complete, apart from the stream. Where it was cut, with an ellipsis or at its end, what is left of a
   * secret goes as well.
   */
  redact(text: string): string {
    if (this.#spellings.size === 0) return text;
    let whole = '';
    let at = 0;
    for (const [start, stop] of this.#spansIn(text, 0)) {
      whole += text.slice(at, start) + HIDDEN;
      at = stop;
    }
    whole += text.slice(at);
    let result = '';
    let from = 0;
    for (const { index } of whole.matchAll(CUT)) {
      const piece = whole.slice(from, index);
      const rest = this.#unfinished(piece, SHORTEST_REST);
      result += rest === 0 ? piece : piece.slice(0, piece.length - rest) + HIDDEN;
      from = index;
    }
    return result + whole.slice(from);
  }

  /** The text up to `end` without its secrets; the rest is held back. */
  #pass(text: string, end: number): string {
    const spans = this.#spansIn(text, this.#covered);
    let result = '';
    let at = 0;
    for (const [start, stop] of spans) {
      // What is covered has its mark already; what goes on from there belongs to it.
      const goesOn = start === 0 && this.#covered > 0;
      if (start >= end && !goesOn) break;
      result += text.slice(at, start) + (goesOn ? '' : HIDDEN);
      at = stop;
    }
    if (at < end) result += text.slice(at, end);
    this.#held = text.slice(end);
    this.#covered = Math.max(0, at - end);
    return result;
  }

  /** Where secrets are, and what is covered: in order, and as one where they overlap. */
  #spansIn(text: string, covered: number): readonly (readonly [start: number, stop: number])[] {
    const found: [number, number][] = covered > 0 ? [[0, covered]] : [];
    for (const spelling of this.#spellings)
      for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + 1))
        found.push([at, at + spelling.length]);
    found.sort((a, b) => a[0] - b[0]);
    const merged: [number, number][] = [];
    for (const span of found) {
      const last = merged.at(-1);
      if (last !== undefined && span[0] < last[1]) last[1] = Math.max(last[1], span[1]);
      else merged.push(span);
    }
    return merged;
  }

  /** The length of the longest end of the text that a spelling begins with, and that is not all of it. */
  #unfinished(text: string, shortest: number): number {
    for (let at = Math.max(0, text.length - this.#longest + 1); at <= text.length - shortest; at++) {
      // Nearly every position fails here, at the cost of one look.
      const beginning = this.#beginnings.get(text.charCodeAt(at));
      if (beginning === undefined) continue;
      const end = text.slice(at);
      if (beginning.some((spelling) => spelling.length > end.length && spelling.startsWith(end))) return end.length;
    }
    return 0;
  }
}

/** Where a text was cut: an ellipsis, with the quote that inspection closes before it, or its end. */
const CUT = /['"`]?(?:\.\.\.|…)|$/g;
/** A shorter rest of a secret tells next to nothing, and any word may look like it. */
const SHORTEST_REST = 4;
