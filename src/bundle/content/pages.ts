/**
 * What people read in a bundle without restage: a README, and a folder for each state of the lineage, numbered so that
 * producers come first, with what the state is as JSON.
 */
import type { Output } from '../../core/artifact/artifact.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Lineage, LineageInput, LineageState } from '../../audit/lineage/lineage.ts';
import type { Cache } from '../../store/cache.ts';
import { type BundledSubject, objectName } from '../manifest.ts';

/** A longer table of states helps nobody. */
const MOST_LISTED = 400;

/** Which bytes are in the bundle, by digest. */
export type Included = ReadonlySet<string>;

/** The folder of each state, by its key. */
export function foldersOf({ states }: Pick<Lineage, 'states'>): ReadonlyMap<string, string> {
  const digits = Math.max(3, String(states.length).length);
  return new Map(
    states.map(({ state, node }, index) => [
      state,
      `lineage/${String(index + 1).padStart(digits, '0')}-${slug(node) || 'state'}`,
    ]),
  );
}

/** By their names in the bundle. */
export function lineagePages(cache: Cache, lineage: Lineage, included: Included): ReadonlyMap<string, string> {
  const folders = foldersOf(lineage);
  return new Map(
    lineage.states.map((state) => [
      `${folders.get(state.state)!}/state.json`,
      `${JSON.stringify(stateFacts(cache, state, { lineage, folders, included }), null, 2)}\n`,
    ]),
  );
}

interface Around {
  readonly lineage: Lineage;
  readonly folders: ReadonlyMap<string, string>;
  readonly included: Included;
}

function stateFacts(cache: Cache, state: LineageState, { lineage, folders, included }: Around): object {
  const { node, stage, run, seconds, startedAt, runtime, backend, seed, params, packages, env, reads } = state;
  const code = lineage.codes.find(({ digest }) => digest === state.code)!;
  const bundle = cache.query.codes.origin(state.code)!.bundle;
  const outputs = cache.query.states.outputs(cache.query.states.byKey(state.state)!.id);
  return {
    node,
    stage,
    state: state.state,
    madeBy: { run, startedAt: new Date(startedAt).toISOString(), seconds },
    params: Object.fromEntries(params.map(({ name, value }) => [name, valueOf(value)])),
    seed,
    runtime,
    backend,
    packages: Object.fromEntries(packages.map(({ name, value }) => [name, value])),
    variables: env.map(({ name }) => name),
    reads: Object.fromEntries(reads.map(({ name, digest }) => [name, digest])),
    code: {
      digest: code.digest,
      module: code.module,
      export: code.exportName,
      executed: placeOf(bundle, included),
      sources: Object.fromEntries(code.sources.map(({ path, digest }) => [path, placeOf(digest, included)])),
    },
    inputs: state.inputs.map((input) => inputFacts(input, folders, included)),
    outputs: outputs.map((output) => outputFacts(output, included)),
  };
}

function inputFacts(
  { slot, index, digest, bytes, from }: LineageInput,
  folders: Around['folders'],
  included: Included,
) {
  const about = { slot, ...(index !== null && { index }), digest, bytes };
  if ('path' in from) return { ...about, file: from.path, content: placeOf(digest, included) };
  return { ...about, from: folders.get(from.state) ?? from.state, output: from.output };
}

function outputFacts({ name, kind, digest, bytes, inline }: Output, included: Included) {
  const value = kind === 'json' && inline !== null ? { value: valueOf(Buffer.from(inline).toString()) } : undefined;
  return { name, kind, digest, bytes, ...(value ?? { content: placeOf(digest, included) }) };
}

/** Null for bytes of which only the digest is known here, or which the record holds itself. */
function placeOf(digest: string, included: Included): string | null {
  return included.has(digest) ? objectName(digest as Parameters<typeof objectName>[0]) : null;
}

function valueOf(json: string): CanonicalValue {
  try {
    return JSON.parse(json) as CanonicalValue;
  } catch {
    return json;
  }
}

export interface ReadmeFacts {
  readonly subjects: readonly BundledSubject[];
  readonly lineage: Lineage;
  readonly restage: string;
  readonly data: 'included' | 'omitted';
  readonly packages: readonly string[];
}

export function readmeText({ subjects, lineage, restage, data, packages }: ReadmeFacts): string {
  const { states, files, runs } = lineage;
  const folders = foldersOf(lineage);
  const host = runs.at(-1)?.environment ?? {};
  const steps =
    states.length > MOST_LISTED
      ? [`${states.length} states are in \`lineage/\`, each in a folder of its own.`]
      : [
          '| folder | stage | run | seconds |',
          '|---|---|---|---|',
          ...states.map(
            ({ state, stage, run, seconds }) =>
              `| \`${folders.get(state)!}\` | \`${plain(stage)}\` | ${run} | ${seconds.toFixed(3)} |`,
          ),
        ];
  return [
    `# ${subjects.map(({ name }) => plain(name)).join(', ')}`,
    '',
    ...subjects
      .filter(({ value }) => value !== null)
      .map(({ name, value }) => `- \`${plain(name)}\` is ${plain(JSON.stringify(value))}`),
    '',
    'This archive is a bundle of restage. It holds all that made the result: the code of the stages as it was executed, their',
    'parameters and seeds, the digests of all inputs and outputs, and the packages that the code needs.',
    '',
    '- To look at it: `restage bundle info FILE`, `restage how NUMBER --cache FILE`, `restage show run:N --cache FILE`.',
    '- To make it again and compare: `restage replay FILE` shows what would be installed and executed, and',
    '  `restage replay FILE --yes` does it, in a folder of its own.',
    '- Without restage: a folder of `lineage/` has a `state.json`, which says what a step took, what it made and where its',
    '  code is in `objects/`. `record.ndjson` is the record itself, one row a line.',
    '',
    '## Steps',
    '',
    ...steps,
    '',
    '## Input files',
    '',
    ...(files.length === 0 ? ['None: the first steps take no file.'] : []),
    ...files.map(({ path, digest, bytes }) => `- \`${plain(path)}\`, ${bytes} bytes, SHA-256 ${digest}`),
    ...(files.length > 0
      ? ['', data === 'included' ? 'They are in `objects/`.' : 'They are not in this archive.']
      : []),
    '',
    '## Where it was made',
    '',
    `- restage ${plain(restage)}, Node ${plain(String(host['node']))}, ${plain(String(host['platform']))} ${plain(String(host['arch']))}, ${plain(String(host['cpu']))}`,
    `- packages: ${packages.length === 0 ? 'none' : packages.map((name) => `\`${plain(name)}\``).join(', ')}`,
    ...runs.map(({ run, pipeline, source, commit, dirty }) => {
      const of = commit === null ? '' : `, commit ${commit}${dirty === true ? ' with changes' : ''}`;
      return `- run ${run} of \`${plain(pipeline)}\` (\`${plain(source)}\`)${of}`;
    }),
    '',
  ].join('\n');
}

/** Text of strangers that cannot leave its place in a line of Markdown. */
function plain(text: string): string {
  return text.replace(/[`|<>\u0000-\u001f\u007f]/g, '?');
}

function slug(node: string): string {
  return node
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-|-$/g, '');
}
