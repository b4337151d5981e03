/** What is wrong with parameters, in one sentence: which one, why, what it takes, and where it was given. */
import { didYouMean } from '../diagnostics/did-you-mean.ts';
import { boundWords } from './bound-words.ts';
import type { Issue, ParameterMisfit } from './misfit.ts';
import { type Path, pathText } from './path.ts';
import { paramPaths } from './param-paths.ts';
import type { Schema } from './schema.ts';
import { isMembers, type Layer, type Setting } from './setting.ts';
import { SOURCE_FORMS } from '../secret/mark.ts';
import { mayBeSecret } from './guarded.ts';

/** @param owner how the sentence begins: `Pipeline light`, `Node fit@fold=1` */
export function sentence(owner: string, schema: Schema, layers: readonly Layer[], misfit: ParameterMisfit): string {
  const { at, reason } = misfit;
  const given = source(layers, at);
  const parameter = `Parameter ${at.length === 0 ? '(all)' : pathText(at)} of ${owner.charAt(0).toLowerCase()}${owner.slice(1)}`;
  if (wouldShow(reason) && mayBeSecret(schema, at))
    return `${parameter} is a secret${'value' in reason && reason.value === undefined ? ', and is missing' : ''}; give the place of its value, ${SOURCE_FORMS}, as in -S ${pathText(at)}=env:NAME${given.words}. Whatever else is given is neither kept nor shown.`;
  switch (reason.kind) {
    case 'unknown':
      return unknownName(owner, schema, at, reason.known, given);
    case 'below':
      return `${parameter} ${reason.value === undefined ? 'has no members' : `is set to ${shown(reason.value)}, which has no members`}, so none of them can be set${given.words}.`;
    case 'gap':
      return reason.length === 0
        ? `${parameter} is beyond the end of an empty list; the first item is [0]${given.words}.`
        : `${parameter} is beyond the end of the list, whose last position is [${reason.length - 1}]; [${reason.length}] adds an item${given.words}.`;
    case 'digits':
      return `${parameter} cannot be ${reason.text}: a number does not hold that many digits; declare the parameter as text, with z.string()${given.words}.`;
    case 'absent':
      return nothingThere(owner, at, reason.known);
    case 'needed':
      return `${parameter} cannot be removed, since it is not optional; set another value, as in -S ${pathText(at)}=..., which with -S '~${pathText(at)}' beside it begins from nothing.`;
    case 'item':
      return `${parameter} is an item of a list, which cannot be removed; give the whole list, as in -S '${pathText(at.slice(0, -1))}=[...]'.`;
    case 'transformed':
      return `${parameter} has a default that a transform gave, so its members cannot be set one by one; set it as a whole, as in -S '${pathText(at)}={...}'${given.words}.`;
    case 'none':
      return `${parameter} cannot be ${shown(reason.value)}${didYouMean(wordOf(reason.value), reason.wanted)}; it takes ${alternatives(unique(reason.wanted.map((kind) => KINDS[kind] ?? kind)))}${given.words}.`;
    case 'issue': {
      const { issue, value } = reason;
      if (issue.code === 'unrecognized_keys' && issue.keys !== undefined)
        return unknownName(owner, schema, [...at, issue.keys[0]!], [], given);
      return `${parameter} ${issueWords(issue, value)}${given.words}.`;
    }
  }
}

/** Whether a sentence would quote what was given. */
function wouldShow(reason: ParameterMisfit['reason']): boolean {
  if (reason.kind !== 'issue') return ['below', 'digits', 'none'].includes(reason.kind);
  const { issue, value } = reason;
  // What a check of several members says is its author's.
  return issue.code === 'custom' ? !isMembers(value) : issue.code !== 'unrecognized_keys';
}

function issueWords(issue: Issue, value: unknown): string {
  if (issue.code === 'custom') return `is wrong: ${issue.message.replace(/\.$/, '')}`;
  if (issue.code === 'invalid_type') {
    const expected = issue.expected ?? '';
    const wanted = KINDS[expected] ?? expected;
    return value === undefined
      ? `is missing, and has no default; it takes ${wanted}`
      : `cannot be ${shown(value)}; it takes ${wanted}`;
  }
  if (issue.code === 'invalid_value') {
    const choices = (issue.values ?? []).map(String);
    if (value === undefined) return `is missing, and has no default; it takes ${alternatives(choices)}`;
    return `cannot be ${shown(value)}${didYouMean(wordOf(value), choices)}; it takes ${alternatives(choices)}`;
  }
  const bound = boundWords(issue, value);
  if (bound !== undefined) return bound;
  const [first = '', ...rest] = issue.message.replace(': ', ', ').replace(/\.$/, '');
  return `${value === undefined ? 'is wrong' : `cannot be ${shown(value)}`}: ${first.toLowerCase()}${rest.join('')}`;
}

/** Next to a suggestion, a list longer than this would only hide it. */
const LISTED_PARAMS = 12;

function unknownName(owner: string, schema: Schema, at: Path, siblings: readonly string[], given: Source): string {
  const path = pathText(at);
  const known = paramPaths(schema);
  const beside = siblings.map((name) =>
    name.startsWith('[') ? pathText(at.slice(0, -1)) + name : pathText([...at.slice(0, -1), name]),
  );
  if (known.includes(path) && beside.length > 0)
    return `${owner} has no parameter ${path} in the variant that is chosen, which has ${beside.join(', ')}${given.words}.`;
  const hint = didYouMean(path, unique([...beside, ...known]));
  const inside = known.includes(beside[0] ?? '') || beside.length === 0;
  const leaves = inside ? known.filter((name) => !known.some((other) => other.startsWith(`${name}.`))) : beside;
  const had =
    given.recorded === undefined
      ? ''
      : `, which ${given.recorded} had; the pipeline has changed since, so leave it out with -S '~${path}'`;
  if (had !== '') return `${owner} has no parameter ${path}${hint}${had}.`;
  if (hint !== '' && leaves.length > LISTED_PARAMS) return `${owner} has no parameter ${path}${hint}${given.words}.`;
  const rest = leaves.length - LISTED_PARAMS;
  const shownOf = rest > 0 ? [...leaves.slice(0, LISTED_PARAMS), `and ${rest} more`] : leaves;
  const list = leaves.length === 0 ? 'it has none' : `it has ${shownOf.join(', ')}`;
  return `${owner} has no parameter ${path}${hint}; ${list}${rest > 0 ? ', which "restage show <pipeline>" lists' : ''}${given.words}.`;
}

function nothingThere(owner: string, at: Path, known: readonly string[]): string {
  const there = known.map((name) => pathText([...at.slice(0, -1), name]));
  const rest = there.length - LISTED_PARAMS;
  const list = [...there.slice(0, LISTED_PARAMS), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
  return `${owner} has no parameter ${pathText(at)} to remove${didYouMean(pathText(at), there)}; ${list === '' ? 'there is none beside it' : `it has ${list}`}.`;
}

interface Source {
  /** ` (params.yaml:3)`, or nothing for the command line. */
  readonly words: string;
  /** The run that it was taken from. */
  readonly recorded?: string;
}

/** Where the setting at this path stands: in the last layer that has one. */
function source(layers: readonly Layer[], at: Path): Source {
  for (const layer of [...layers].reverse()) {
    const place = placeIn(layer.setting, at);
    if (place === undefined) continue;
    const { source: name, setting } = layer;
    if (name === undefined) return { words: '' };
    const isRun = setting.own !== undefined && 'recorded' in setting.own;
    return { words: ` (${place === '' ? name : place})`, ...(isRun ? { recorded: name } : {}) };
  }
  return { words: '' };
}

/**
 * The place of the deepest setting on the way; `` for one without a place, undefined if the layer has nothing there.
 */
function placeIn(setting: Setting, at: Path): string | undefined {
  let current: Setting = setting;
  let place = setting.place ?? '';
  for (const step of at) {
    const { own, below } = current;
    const next =
      below?.find(([name]) => name === String(step))?.[1] ??
      (own !== undefined && 'list' in own && typeof step === 'number' ? own.list[step] : undefined);
    if (next === undefined)
      return own !== undefined && !('list' in own) && !isRecordedWithout(own, at) ? place : undefined;
    current = next;
    place = next.place ?? place;
  }
  return place;
}

function isRecordedWithout(own: NonNullable<Setting['own']>, at: Path): boolean {
  if (!('recorded' in own)) return false;
  const found = at.reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | null | undefined)?.[step],
    own.recorded,
  );
  return found === undefined;
}

/** What zod expects, in words. */
const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  string: 'text',
  template_literal: 'text',
  boolean: 'true or false',
  array: 'a list, such as [1,2]',
  tuple: 'a list, such as [1,2]',
  object: 'an object: set its members by path, with a dot',
  record: 'an object: set its members by path, with a dot',
};
const MOST_SHOWN = 60;

function shown(value: unknown): string {
  const text =
    typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : ((JSON.stringify(value) as string | undefined) ?? String(value));
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}...`;
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : shown(value);
}

function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
