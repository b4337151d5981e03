/** The modules that are linked, and what each import in them leads to: the input of the linker. Types only. */
import type { ModuleRecord } from './module-record.ts';

/** A module that is not bundled: of a package, of restage itself, or of Node. */
export interface ExternalModule {
  readonly kind: 'external';
  /** What executable text imports. */
  readonly url: string;
  /** What canonical text imports. */
  readonly specifier: string;
  /** `node` for a builtin. */
  readonly packageName: string;
}

export type Target =
  | { readonly kind: 'module'; readonly file: string }
  | ExternalModule
  /** A package that an import() may or may not find at run time. */
  | { readonly kind: 'absent' };

export interface LinkedModule extends ModuleRecord {
  /** Restage's own module: its declarations have no effects. */
  readonly isTrusted: boolean;
  /** Its package says that it matters only where something of it is used. */
  readonly isSkippable: boolean;
  readonly url: string;
  /** By the specifiers of its imports, `export from`, and literal import() calls. */
  readonly targets: ReadonlyMap<string, Target>;
  /** `src/score.ts:12:14` for an offset in `code`. */
  readonly placeOf: (offset: number) => string;
  /** Files that it names by `new URL('./file', import.meta.url)`: their URLs, by the path as written. */
  readonly fileUrls: ReadonlyMap<string, string>;
}

export type LinkGraph = ReadonlyMap<string, LinkedModule>;
