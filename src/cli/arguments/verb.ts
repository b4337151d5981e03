/**
 * What a verb of the command line is: its name, arguments and options as plain data, beside the function that does it.
 * The quick reader, the commander program, the checks, the help text and the completion all read this one description,
 * so they cannot disagree.
 */
import type { Io } from '../io/io.ts';

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly options: readonly Option[];
  /** Pairs of options that may not stand together. */
  readonly exclusive?: readonly (readonly [string, string])[];
  readonly examples: readonly string[];
  /** Names that other tools have for it: suggested in place of an unknown verb. */
  readonly also?: readonly string[];
  /** Does it, and returns the exit code. What it needs beyond the record's words is imported when it is called. */
  readonly run: (call: Call) => Promise<number>;
}

export interface Positional {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Takes all that follow; only the last one. */
  readonly many?: boolean;
  readonly complete?: Completion;
}

export interface Option {
  /** Without the dashes: `fail-fast`. */
  readonly long: string;
  /** One letter. */
  readonly short?: string;
  /** The name of its value in the help text; a flag has none. */
  readonly value?: string;
  /** May be given several times. */
  readonly many?: boolean;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** Its value is a whole number, and this is the least that it may be. */
  readonly least?: number;
  readonly complete?: Completion;
  readonly help: string;
}

/** What a shell may offer for a place of the command line: words, or whatever these sources find. */
export type Completion = readonly (CompletionSource | { readonly words: readonly string[] })[];

export type CompletionSource =
  'backends' | 'files' | 'folders' | 'nodes' | 'outputs' | 'parameters' | 'pipelines' | 'recorded nodes' | 'tags';

/** What was asked for, in strings: whoever uses a value says what is wrong with it. */
export interface Invocation {
  readonly verb: string;
  readonly positionals: readonly string[];
  /** By long name: true for a flag, a string for a value, a list where it may be given several times. */
  readonly options: Readonly<Record<string, true | string | readonly string[]>>;
}

/** An invocation, and the world in which it is made. */
export interface Call extends Invocation {
  /** The whole command line, without the name of the command. */
  readonly argv: readonly string[];
  readonly io: Io;
}

/** Verbs by name, in the order of the help text, each loaded when it is asked for. */
export type Verbs = Readonly<Record<string, () => Promise<{ readonly verb: Verb }>>>;

/** Undefined for a word that is not a verb. */
export async function findVerb(verbs: Verbs, name: string): Promise<Verb | undefined> {
  return Object.hasOwn(verbs, name) ? (await verbs[name]!()).verb : undefined;
}

export async function allVerbs(verbs: Verbs): Promise<readonly Verb[]> {
  return Promise.all(Object.values(verbs).map(async (load) => (await load()).verb));
}
