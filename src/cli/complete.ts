/**
 * What may stand where the cursor is, for a shell that asks with every press of the tab key: so nothing here runs or bundles
 * code. Verbs, options and their values come from the table of verbs; parameters and nodes from what the last run, plan or
 * status of the pipeline left in the cache; and where something cannot be had, there is nothing to say.
 */
import type { CanonicalValue } from '../core/identity/canonical.ts';
import type { Graph } from '../core/graph/graph.ts';
import { EXIT } from '../errors.ts';
import type { Cache as OpenCache } from '../store/cache.ts';
import type { Io } from './io/io.ts';
import { findVerb, GLOBAL_OPTIONS, type Option, VERBS, type Verb } from './verbs.ts';

/** Before a tab the word, after it what it is. `:files` and `:folders` leave the rest to the shell. */
export async function completeVerb(words: readonly string[], io: Io): Promise<number> {
  const current = words.at(-1) ?? '';
  const candidates = await candidatesFor(words.slice(0, -1), current, io.cwd).catch(() => []);
  const fitting = candidates.filter((line) => line.startsWith(':') || line.startsWith(current));
  io.writeOut(fitting.map((line) => `${line}\n`).join(''));
  return EXIT.ok;
}

async function candidatesFor(before: readonly string[], current: string, here: string): Promise<readonly string[]> {
  const [name, ...rest] = before;
  if (name === undefined)
    return [...VERBS.map((verb) => `${verb.name}\t${verb.summary}`), ...GLOBAL_OPTIONS.map(spelled)];
  const verb = findVerb(name);
  if (verb === undefined) return [];
  const { positionals, cache, pending } = read(verb, rest);
  const place = { positionals, cache, here };
  if (pending !== undefined) return valuesOf(pending, place);
  const [, long, value] = /^--([a-z-]+)=(.*)$/.exec(current) ?? [];
  const assigned = value === undefined ? undefined : verb.options.find((option) => option.long === long);
  if (assigned !== undefined)
    return (await valuesOf(assigned, place)).map((line) => (line.startsWith(':') ? line : `--${long!}=${line}`));
  if (current.startsWith('-')) return [...verb.options.map(spelled), '--help\tprint the help of this verb'];
  const positional = verb.positionals[Math.min(positionals.length, verb.positionals.length - 1)];
  if (positional === undefined || (positionals.length >= verb.positionals.length && positional.many !== true))
    return [];
  return (await SOURCES[positional.name]?.(place)) ?? [];
}

/** What is on the command line already. */
interface Place {
  readonly positionals: readonly string[];
  readonly cache: string | undefined;
  /** The working directory. */
  readonly here: string;
}

/** @returns also the option whose value the cursor stands on */
function read(verb: Verb, words: readonly string[]): Omit<Place, 'here'> & { readonly pending: Option | undefined } {
  const positionals: string[] = [];
  let cache: string | undefined;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      if (pending.long === 'cache') cache = word;
      pending = undefined;
    } else if (!word.startsWith('-')) positionals.push(word);
    else
      pending = verb.options.find(
        ({ long, short, value }) => value !== undefined && (word === `--${long}` || word === `-${short ?? ' '}`),
      );
  }
  return { positionals, cache, pending };
}

function spelled({ long, help }: Option): string {
  return `--${long}\t${help}`;
}

type Source = (place: Place) => readonly string[] | Promise<readonly string[]>;

async function valuesOf(option: Option, place: Place): Promise<readonly string[]> {
  return option.choices ?? (await OPTION_VALUES[option.long]?.(place)) ?? [];
}

/** Of options that take a value, by name. */
const OPTION_VALUES: Readonly<Record<string, Source>> = {
  set: async (place) => {
    const graph = await remembered(place);
    return graph === undefined ? [] : paths(graph.params).map((path) => `${path}=`);
  },
  backend: async () => [...(await import('../ml/backends/registry.ts')).backendNames(), 'auto'],
  device: () => ['cpu', 'gpu', 'auto'],
  only: nodes,
  until: nodes,
  tag: (place) => tags(place),
  cache: () => [':folders'],
  output: () => [':files'],
};

/** Of arguments, by the names that the table gives them. */
const SOURCES: Readonly<Record<string, Source>> = {
  pipeline: async (place) => [...(await pipelines(place)), ':files'],
  targets: nodes,
  'run|node': (place) => recorded(place),
  what: async (place) => [...(await recorded(place)), ...(await tags(place)), ...(await pipelines(place))],
  node: nodes,
  output: outputs,
  folder: () => [':folders'],
  shell: async () => (await import('./completion.ts')).SHELLS,
};

async function pipelines({ here }: Place): Promise<readonly string[]> {
  const { pipelinesAround } = await import('../planning/request/project.ts');
  return pipelinesAround(here).filter((path) => path !== '.');
}

async function nodes(place: Place): Promise<readonly string[]> {
  const graph = await remembered(place);
  const ids = graph === undefined ? await recorded(place) : graph.nodes.map(({ id }) => id);
  return [...new Set(ids.flatMap((id) => [id.split('@', 1)[0]!, id]))];
}

async function outputs(place: Place): Promise<readonly string[]> {
  const graph = await remembered(place);
  return graph?.nodes.flatMap(({ id, outputs: slots }) => slots.map(({ name }) => `${id}.${name}`)) ?? [];
}

/** The graph of the pipeline that is named, as its last run, plan or status saw it. */
async function remembered({ positionals: [pipeline = '.'], cache, here }: Place): Promise<Graph | undefined> {
  const { resolveRequest } = await import('../planning/request/resolve-request.ts');
  const { rememberedGraph } = await import('../planning/definition/load-graph.ts');
  const request = resolveRequest({
    pipeline,
    workingDirectory: here,
    ...(cache === undefined ? {} : { cacheDirectory: cache }),
  });
  return inCache(request.cacheDirectory, (open) => rememberedGraph(open, request));
}

const RECENT_RUNS = 3;
const MOST_NODES = 2000;

/** Nodes of the last runs. */
async function recorded(place: Place): Promise<readonly string[]> {
  const found = await inCache(await cacheOf(place), ({ query }) =>
    query.runs.list({ limit: RECENT_RUNS }).flatMap(({ id }) => query.visits.nodes(id, MOST_NODES)),
  );
  return [...new Set(found)];
}

async function tags(place: Place): Promise<readonly string[]> {
  return (await inCache(await cacheOf(place), ({ query }) => query.tags.list().map(({ tag }) => tag))) ?? [];
}

async function cacheOf({ cache, here }: Place): Promise<string> {
  const { cacheDirectoryOf } = await import('../planning/request/project.ts');
  const { projectRoot } = await import('../identity/environment/package-root.ts');
  return cacheDirectoryOf(projectRoot(here) ?? here, cache, here);
}

async function inCache<T>(directory: string, work: (cache: OpenCache) => T): Promise<T | undefined> {
  const { Cache } = await import('../store/cache.ts');
  const cache = Cache.openToRead(directory);
  if (cache === undefined) return undefined;
  try {
    return work(cache);
  } finally {
    cache.close();
  }
}

/** Paths of the leaves; an array is one. */
function paths(value: CanonicalValue, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, member]) => paths(member, path === '' ? name : `${path}.${name}`));
}
