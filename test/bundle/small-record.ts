/** A record of three states, two of which make a number, for bundles: filled through the writers, as a run fills it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheKey, type Field, planKey } from '../../src/core/identity/cache-key.ts';
import { valueDigest } from '../../src/core/identity/canonical.ts';
import { type Digest, sha256 } from '../../src/core/identity/digest.ts';
import { findSubject } from '../../src/audit/lineage/find-subject.ts';
import { codeDigest } from '../../src/identity/code/bundles/code-digest.ts';
import type { Cache } from '../../src/store/cache.ts';
import { findReference } from '../../src/store/reference/find.ts';
import type { NewState, StateInput } from '../../src/store/record/facts.ts';
import { ZipReader } from '../../src/bundle/archive/read-zip.ts';
import { ZipWriter } from '../../src/bundle/archive/write-zip.ts';
import { type BundleChoice, draftBundle } from '../../src/bundle/content/draft.ts';
import { writeBundle } from '../../src/bundle/write-bundle.ts';

/** Too large for the record. */
export const LARGE = Buffer.from(JSON.stringify({ rows: Array.from({ length: 2000 }, (_, i) => i) }));
export const NUMBERS = 'a,b\n1,2\n';

/** @param folder for the input file */
export async function fillSmall(cache: Cache, folder: string): Promise<void> {
  const file = join(folder, 'numbers.csv');
  writeFileSync(file, NUMBERS);
  const stored = cache.objects.put([LARGE]);
  const input: StateInput = {
    ...{ slot: 'file', index: null, digest: sha256(NUMBERS), bytes: NUMBERS.length },
    from: { path: file },
  };
  const read = state(
    cache,
    'lab/read',
    { skip: 1 },
    [input],
    [{ name: 'table', kind: 'json', ...stored, inline: null }],
  );
  const from: StateInput = {
    ...{ slot: 'table', index: null, digest: stored.digest, bytes: stored.bytes },
    from: { state: read.key, output: 'table' },
  };
  const score = state(cache, 'lab/score', { cut: 0.5 }, [from], [small('score', '{"ams":3.5,"others":[1,2]}')]);
  const apart = state(cache, 'lab/apart', {}, [], [small('other', '{"value":99}')]);
  run(cache, [
    ['read', read],
    ['score', score],
    ['apart', apart],
  ]);
  await cache.record.flush();
}

/** A run that finds everything, and is tagged: it adds nothing to what a bundle of the number holds. */
export async function addHits(cache: Cache): Promise<void> {
  const first = cache.query.visits.ofRun(1);
  const id = begin(cache);
  for (const { node, state: found } of first)
    cache.record.visits.add({ run: id, node, outcome: 'hit', state: found!.key, reason: null, tags: ['later'] });
  cache.record.runs.end(id, 'ok');
  await cache.record.flush();
}

export async function bundleOf(
  cache: Cache,
  word: string,
  path: string,
  choice: Partial<BundleChoice> = {},
): Promise<void> {
  const find = (reference: string) => findReference(cache.query, reference, { isThere: () => true });
  const subject = await findSubject(cache, word, { find, directory: '/' });
  const draft = await draftBundle(cache, {
    ...{ subjects: [subject!], data: true, outputs: false, root: undefined },
    ...choice,
  });
  writeBundle(draft, path);
}

/** The texts of a bundle changed by a stranger, who makes all digests and checksums right again. */
export function rewrite(path: string, target: string, change: (files: Map<string, string>) => void): void {
  const zip = ZipReader.open(path);
  const files = new Map(zip.names.map((name) => [name, zip.read(name).toString('latin1')]));
  zip.close();
  const before = new Map(files);
  change(files);
  const manifest = JSON.parse(files.get('bundle.json')!) as { files: Record<string, string> };
  if (before.get('bundle.json') === files.get('bundle.json')) {
    const digests = [...files].slice(1).map(([name, text]) => [name, sha256(Buffer.from(text, 'latin1'))] as const);
    files.set('bundle.json', JSON.stringify({ ...manifest, files: Object.fromEntries(digests) }));
  }
  const chunks: Uint8Array[] = [];
  const writer = new ZipWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const [name, text] of files) writer.add(name, Buffer.from(text, 'latin1'));
  writer.finish();
  writeFileSync(target, Buffer.concat(chunks));
}

function state(
  cache: Cache,
  stage: string,
  params: Readonly<Record<string, number>>,
  inputs: readonly StateInput[],
  outputs: NewState['outputs'],
): NewState {
  const text = `export default () => ${JSON.stringify(stage.padEnd(5000))};\n`;
  const code = codeDigest(text);
  const sources = [{ path: 'lab.ts', content: Buffer.from('source') }];
  cache.record.code.add([
    { digest: code, stage, module: 'lab.ts', exportName: stage.slice(4), bundle: Buffer.from(text), sources },
  ]);
  const fields: readonly Field[] = [
    field('stage', stage),
    { name: 'code', digest: code, preview: code.slice(0, 8) },
    ...Object.entries(params).map(([name, value]) => ({
      ...field(`param.${name}`, value),
      preview: JSON.stringify(value),
    })),
    ...inputs.map(({ slot, digest }) => ({ name: `in.${slot}`, digest, preview: digest.slice(0, 8) })),
  ];
  const accesses: NewState['accesses'] = [];
  const keys = { key: cacheKey(fields), planKey: planKey(fields) };
  return { ...keys, stage, code, fields, inputs, outputs, accesses, seconds: 1.5 };
}

function field(name: string, value: string | number): Field {
  return { name, digest: valueDigest(value), preview: String(value) };
}

function small(name: string, text: string): NewState['outputs'][number] {
  const inline = Buffer.from(text);
  return { name, kind: 'json', digest: sha256(inline), bytes: inline.length, inline };
}

function begin(cache: Cache): number {
  const facts = JSON.stringify({
    host: 'far',
    user: 'ada',
    node: 'v20.1.0',
    platform: 'linux',
    arch: 'x64',
    cpu: 'old',
  });
  return cache.record.runs.begin({
    ...{ pipeline: 'lab', source: 'lab.ts', argv: ['restage', 'run', 'lab'], params: { cut: 0.5 }, seed: 0 },
    ...{ backend: 'none', jobs: 2, git: null, environment: { digest: sha256(facts) satisfies Digest, facts } },
    ...{ startedAt: 1_700_000_000_000, results: [{ name: 'score', node: 'score', output: 'score' }] },
  });
}

function run(cache: Cache, nodes: readonly (readonly [node: string, state: NewState])[]): void {
  const id = begin(cache);
  for (const [node, made] of nodes) {
    const task = `${id}/${node}`;
    cache.record.attempts.start({ task, run: id, node, number: 1, worker: 'worker-1', at: 1_700_000_000_000 });
    cache.record.attempts.metric(task, 'loss', 0, Number.NaN);
    cache.record.attempts.metric(task, 'loss', 1, Number.NEGATIVE_INFINITY);
    const end = { at: 1_700_000_001_500, compute: null, cpuSeconds: 1.25, peakBytes: 3 << 20, failure: null };
    cache.record.attempts.end(task, end);
    cache.record.states.add(task, made);
    cache.record.visits.add({ run: id, node, outcome: 'ran', state: made.key, reason: 'never run' });
  }
  cache.record.runs.end(id, 'ok');
}
