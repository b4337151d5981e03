/** Bundles of a record: what is in them, that they can be looked at, and how they are written. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { withBundleCache } from '../../src/bundle/bundle-cache.ts';
import { examine, factsOf } from '../../src/bundle/facts.ts';
import { ZipReader } from '../../src/bundle/archive/read-zip.ts';
import { CRATE_NAMES } from '../../src/bundle/manifest.ts';
import { sha256 } from '../../src/core/identity/digest.ts';
import type { RoCrate } from '../../src/export/ro-crate/entities.ts';
import { Cache } from '../../src/store/cache.ts';
import { openEmptyCache } from '../helpers/empty-cache.ts';
import { brokenBy, MUSTS, PROVENANCE_MUSTS } from '../export/crate-musts.ts';
import { restage, sentence } from '../helpers/command.ts';
import { disposableDirectory } from '../helpers/disposable.ts';
import { refuse } from '../helpers/failing-disk.ts';
import { addHits, bundleOf, fillSmall, LARGE, NUMBERS } from './small-record.ts';

const folder = disposableDirectory('restage-bundle-test-');
const cacheDirectory = join(folder, 'cache');
const at = (name: string): string => join(folder, name);
const bundle = at('number.zip');

async function opened<T>(work: (cache: Cache) => T | Promise<T>): Promise<T> {
  return Cache.using(openEmptyCache(cacheDirectory), work);
}

beforeAll(async () => {
  await opened(async (cache) => {
    await fillSmall(cache, folder);
    await bundleOf(cache, 'run:1/score.score.ams', bundle);
  });
});

const facts = (path: string) => withBundleCache(path, (cache, file) => factsOf(file, examine(cache, file)));

describe('a bundle of a number', () => {
  test('has the states that made it, their code and inputs, and nothing else', async () => {
    const told = await facts(bundle);
    expect(told.stages).toEqual([
      { stage: 'lab/read', states: 1, seconds: 1.5 },
      { stage: 'lab/score', states: 1, seconds: 1.5 },
    ]);
    expect(told.subjects).toMatchObject([{ kind: 'value', name: 'run:1/score.score.ams', value: 3.5, run: 1 }]);
    expect(told.inputs).toMatchObject([{ digest: sha256(NUMBERS), included: true }]);
    expect(told.machine.then).toMatchObject({ host: 'far', user: 'ada' });
    await withBundleCache(bundle, (cache) => {
      expect(
        cache.query.visits
          .ofRun(1)
          .map(({ node }) => node)
          .sort(),
      ).toEqual(['read', 'score']);
      const [read] = cache.query.ancestry.states([1]);
      const metrics = cache.query.attempts.metrics(read!.attempt).map(({ value }) => value);
      expect(metrics).toEqual([Number.NaN, Number.NEGATIVE_INFINITY]);
    });
  });

  test('is an RO-Crate, whose files are in it', () => {
    const zip = ZipReader.open(bundle);
    onTestFinished(() => zip.close());
    const crate = JSON.parse(zip.read(CRATE_NAMES.metadata).toString()) as RoCrate;
    expect([...MUSTS, ...PROVENANCE_MUSTS].flatMap((must) => brokenBy(crate, must))).toEqual([]);
    const objects = crate['@graph'].map((entity) => entity['@id']).filter((id) => id.startsWith('objects/'));
    expect(objects).toContain(`objects/${sha256(NUMBERS)}`);
    expect([CRATE_NAMES.workflow, ...objects].filter((name) => !zip.names.includes(name))).toEqual([]);
  });

  test('has the same bytes again, and after runs and tags that change nothing', async () => {
    await opened(async (cache) => {
      await bundleOf(cache, 'run:1/score.score.ams', at('again.zip'));
      await addHits(cache);
      await bundleOf(cache, 'run:1/score.score.ams', at('later.zip'));
    });
    for (const name of ['again.zip', 'later.zip'])
      expect(readFileSync(at(name)).equals(readFileSync(bundle))).toBe(true);
  });

  test('is looked at without a cache: how, show and metrics', async () => {
    vi.stubEnv('TMPDIR', at('temporary'));
    mkdirSync(at('temporary'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const asked = (...words: readonly string[]) => restage([...words, '--cache', bundle], { cwd: tmpdir() });
    expect((await asked('how', '3.5')).stdout).toMatch(
      /made from 1 input file in 2 steps[^]*restage replay \S+number\.zip\n$/,
    );
    expect((await asked('show', 'run:1/score')).stdout).toContain('lab/score');
    expect((await asked('metrics', '--run', '1')).stdout).toContain('-Infinity');
    expect((await asked('show', 'run:1')).stdout).toMatch(/nodes +2 ran/);
    expect(readdirSync(process.env['TMPDIR']!)).toEqual([]);
  });

  test('says of bytes that it does not hold how to get them, and holds all with --outputs', async () => {
    const refused = await restage(['get', 'run:1/read.table', '--cache', bundle], { cwd: tmpdir() });
    expect(sentence(refused)).toMatch(
      /does not hold the bytes of the artifact [0-9a-f]{8}, only their digest; ask for a bundle that was made with --outputs\.$/,
    );
    await opened((cache) => bundleOf(cache, 'run:1/score.score.ams', at('all.zip'), { outputs: true }));
    const told = await restage(['get', 'run:1/read.table', '--cache', at('all.zip')], { cwd: tmpdir() });
    expect(JSON.parse(told.stdout)).toEqual(JSON.parse(LARGE.toString()));
  });

  test('is written to by no verb', async () => {
    for (const words of [['tag', 'run:1', 'mine'], ['verify', 'run:1'], ['fsck']])
      expect(sentence(await restage([...words, '--cache', bundle]))).toMatch(
        /is a bundle, and nothing can be written to it/,
      );
  });
});

test('a bundle that an earlier restage wrote is read, whatever the schema of its record', async () => {
  const told = await facts(fileURLToPath(new URL('./fixtures/format-1.zip', import.meta.url)));
  expect(told.subjects).toMatchObject([{ name: 'run:1/score.score.ams', value: 3.5 }]);
  expect(told.stages.map(({ stage }) => stage)).toEqual(['lab/read', 'lab/score']);
});

test('the project as it is today is not asked about for a bundle, whose paths are those of another machine', async () => {
  const why = await restage(['why', 'run:1/score', '--cache', bundle], { cwd: folder });
  expect(why.stdout).toContain('score ran in run 1');
  expect((await restage(['why', 'score', '--cache', bundle], { cwd: folder })).stdout).not.toContain('now');
  for (const words of [
    ['why', '1', '--if', 'cut=1'],
    ['diff', '1', '--working'],
    ['accept', 'score', '--dry-run'],
  ])
    expect(sentence(await restage([...words, '--cache', bundle], { cwd: folder }))).toMatch(
      /knows nothing of the project/,
    );
});

describe('restage bundle', () => {
  const make = (...words: readonly string[]) =>
    restage(['bundle', ...words, '--cache', cacheDirectory], { cwd: folder });

  test('bundles runs, to compare them on the file', async () => {
    expect((await make('run:1', 'run:2', '-o', 'pair.zip')).stdout).toContain('run:1\nrun:2\n  3 states of 3 stages');
    const compared = await restage(['compare', '1', '2', '--cache', at('pair.zip')], { cwd: tmpdir() });
    expect(compared).toMatchObject({ code: 0 });
    const differs = await restage(['diff', '1', '2', '--cache', at('pair.zip')], { cwd: tmpdir() });
    expect(differs.code).toBe(0);
  });

  test('leaves data out, and writes nothing in a test run', async () => {
    rmSync(at('none.zip'), { force: true });
    const { stdout } = await make('3.5', '--no-data', '--dry-run');
    expect(stdout).toMatch(/1 input file \(8 B, by digest alone\)[^]*nothing was written; the bundle would have/);
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
    await make('3.5', '--no-data', '-o', 'digests.zip');
    expect((await facts(at('digests.zip'))).inputs).toMatchObject([{ included: false }]);
    expect((await restage(['bundle', 'info', at('digests.zip')])).stdout).toContain(
      'not in the bundle: name its folder with --data DIR',
    );
    const replayed = await restage(['replay', at('digests.zip'), '--yes']);
    expect(sentence(replayed)).toMatch(
      /^The bundle was made without numbers\.csv \(SHA-256 [0-9a-f]{16}\.\.\.\), which its stages read; give the folder/,
    );
  });

  test('on a full disk says so, and leaves what was there', async () => {
    writeFileSync(at('full.zip'), 'before');
    const allowAgain = refuse('write', 'ENOSPC', /full\.zip\.\d+\.tmp$/);
    const full = await make('3.5', '-o', 'full.zip');
    allowAgain();
    expect(sentence(full)).toMatch(/full\.zip cannot be written: there is no space left; free some\.$/);
    expect(readFileSync(at('full.zip'), 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('replaces what a link leads to, and not the link', async () => {
    writeFileSync(at('target.zip'), 'before');
    symlinkSync('target.zip', at('link.zip'));
    await make('3.5', '-o', 'link.zip');
    expect(lstatSync(at('link.zip')).isSymbolicLink()).toBe(true);
    expect((await facts(at('target.zip'))).subjects).toMatchObject([{ value: 3.5 }]);
  });

  test('refuses what is not there', async () => {
    expect(sentence(await make('7.25', '-o', 'x.zip'))).toContain('No number on record is written 7.25');
    expect(sentence(await make('score.nothing', '-o', 'x.zip'))).toContain(
      'score has no output, metric or value called nothing',
    );
    expect(sentence(await make('3.5'))).toBe(
      'A bundle needs a file; write for example: restage bundle 3.5 -o bundle.zip',
    );
    expect(sentence(await make('3.5', '-o', 'no/folder/x.zip'))).toContain(
      'cannot be written: the folder that it would be in does not exist; make it, or name another place.',
    );
    expect(sentence(await make('3.5', '-o', '.'))).toMatch(
      / is not a file; name a file for the bundle, as in: -o bundle/,
    );
    writeFileSync(at('numbers.csv'), 'other');
    expect(sentence(await make('3.5', '-o', 'x.zip'))).toMatch(
      /^The input numbers\.csv has other content now, at .*; put the file with SHA-256/,
    );
    rmSync(at('numbers.csv'));
    expect(sentence(await make('3.5', '-o', 'x.zip'))).toMatch(
      /^The input numbers\.csv is not at .* any more; .*, or leave the data out with --no-data\.$/,
    );
    writeFileSync(at('numbers.csv'), NUMBERS);
    expect(readdirSync(folder)).not.toContain('x.zip');
  });
});
