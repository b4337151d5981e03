/**
 * Parameters as given on the command line, and the one set that they make. The order in which they are given has no
 * meaning.
 */
import { UsageError } from '../../errors.ts';
import { readLiteral } from './literal.ts';
import { type Path, pathText, readPath } from './path.ts';
import type { Layer, Setting } from './setting.ts';

/** One `-S path=value`, or one `-S ~path`. */
export type Override = Assignment | Removal;

export interface Assignment {
  /** `train.rate`, `layers[2].width`, `"a.b"`; with a `:` at its end, `text` is JSON. */
  readonly path: string;
  /** The text behind the `=`. The schema says what it means. */
  readonly text: string;
}

/**
 * What was there before is removed: a member of a record, or an optional parameter. Paths below it then set it again.
 */
export interface Removal {
  readonly path: string;
  readonly remove: true;
}

/** Reads `path=value`, `path:=json` or `~path`. @throws UsageError */
export function parseOverride(argument: string): Override {
  if (argument.startsWith('~')) return parseRemoval(argument);
  const found = readPath(argument);
  const form = 'is not of the form path=value';
  if ('wrong' in found) {
    if (argument.startsWith('='))
      throw new UsageError(`-S ${argument} ${form}; write for example -S points${argument}`);
    throw new UsageError(`-S ${argument} ${form}: ${found.wrong}; write for example -S train.rate=0.1`);
  }
  const at = found.rest.startsWith(':=') ? 1 : 0;
  // The value was forgotten, and what follows is the next option.
  if (found.rest === '' && argument.startsWith('-'))
    throw new UsageError(
      `-S needs path=value behind it, and ${argument} follows; write for example -S rate=10 ${argument}`,
    );
  if (found.rest[at] !== '=')
    throw new UsageError(
      found.rest === ''
        ? `-S ${argument} ${form}; write for example -S ${argument}=10`
        : `-S ${argument} ${form}: "${found.rest.slice(0, 20)}" cannot be a part of a path; put a name with such signs in double quotes, as in -S '"a b"=10'`,
    );
  const end = argument.length - found.rest.length + at;
  return { path: argument.slice(0, end), text: argument.slice(end + 1) };
}

/** An override as it is typed behind `-S`. */
export function overrideWord(override: Override): string {
  return 'remove' in override ? `~${override.path}` : `${override.path}=${override.text}`;
}

/** @throws UsageError */
function parseRemoval(argument: string): Removal {
  const path = argument.slice(1);
  const found = readPath(path);
  if (!('wrong' in found) && found.rest === '') return { path, remove: true };
  if (!('wrong' in found) && /^:?=/.test(found.rest))
    throw new UsageError(
      `-S ${argument} removes ${path.slice(0, -found.rest.length)} and gives it a value; write -S '${argument.slice(0, -found.rest.length)}' to remove it, -S ${path} to set it, or both. A name that begins with ~ needs double quotes.`,
    );
  const why = 'wrong' in found ? found.wrong : `"${found.rest.slice(0, 20)}" cannot be a part of a path`;
  throw new UsageError(`-S ${argument} is not of the form ~path: ${why}; write for example -S '~weights.first'`);
}

/**
 * One layer of all overrides, if there are any. A path may be given together with paths below it: these refine it.
 * @throws UsageError for a malformed path, malformed JSON, and two values for one path
 */
export function overrideLayers(overrides: readonly Override[]): readonly Layer[] {
  if (overrides.length === 0) return [];
  const root: Draft = { below: new Map() };
  for (const override of overrides) {
    const { path } = override;
    const found = readPath(`${path}=`);
    if ('wrong' in found) throw new UsageError(`${path} is not the path of a parameter: ${found.wrong}.`);
    if (found.rest !== '=' && found.rest !== ':=')
      throw new UsageError(
        `${path} is not the path of a parameter: "${found.rest.slice(0, -1)}" cannot be a part of it; put a name with such signs in double quotes.`,
      );
    const draft = draftAt(root, found.path);
    if ('remove' in override) draft.isCleared = true;
    else give(draft, found.path, { text: override.text, isJson: found.rest === ':=' });
  }
  return [{ setting: settingOf(root) }];
}

interface Draft {
  own?: { readonly text: string; readonly isJson: boolean; readonly path: Path };
  isCleared?: true;
  readonly below: Map<string, Draft>;
}

function draftAt(root: Draft, path: Path): Draft {
  let draft = root;
  for (const step of path) {
    const name = String(step);
    let child = draft.below.get(name);
    if (child === undefined) {
      child = { below: new Map() };
      draft.below.set(name, child);
    }
    draft = child;
  }
  return draft;
}

function give(draft: Draft, path: Path, given: { readonly text: string; readonly isJson: boolean }): void {
  const { own } = draft;
  if (own !== undefined && (own.text !== given.text || own.isJson !== given.isJson))
    throw new UsageError(
      `-S gives ${pathText(path)} two values, ${own.text} and ${given.text}; give it once, since the order of -S has no meaning.`,
    );
  draft.own = { ...given, path };
}

function settingOf(draft: Draft): Setting {
  return { ...valueOf(draft), ...(draft.isCleared === undefined ? {} : { isCleared: true }) };
}

function valueOf({ own, below }: Draft): Setting {
  const given = own === undefined ? {} : own.isJson ? jsonSetting(own.text, own.path) : { own: { text: own.text } };
  if (below.size === 0) return given;
  const members = [...below].map(([name, draft]) => [name, settingOf(draft)] as const);
  // JSON that is an object has members of its own, which the longer paths refine.
  return given.below === undefined ? { ...given, below: members } : { below: refined(given.below, members) };
}

type Members = NonNullable<Setting['below']>;

function refined(first: Members, second: Members): Members {
  const merged = new Map(first);
  for (const [name, setting] of second) {
    const known = merged.get(name);
    if (setting.isCleared === true) {
      merged.set(name, setting);
      continue;
    }
    const both = known?.below !== undefined && setting.own === undefined;
    merged.set(name, both ? { ...known, below: refined(known.below, setting.below ?? []) } : { ...known, ...setting });
  }
  return [...merged];
}

/** @throws UsageError */
function jsonSetting(text: string, path: Path): Setting {
  const literal = readLiteral(text, 'json');
  if (literal !== undefined) return literal;
  throw new UsageError(
    `-S ${pathText(path)}:=${text} gives no JSON; write text in double quotes, or -S ${pathText(path)}=${text} to have it read as the parameter wants it.`,
  );
}
