/** Bundles of a record: what is in them, that they can be looked at, and that nothing that was changed is believed. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
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
import { addHits, bundleOf, fillSmall, LARGE, NUMBERS, rewrite } from './small-record.ts';

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
    const { stdout } = await make('3.5', '--no-data', '--test-run');
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

describe('what was changed is refused or tells the same', () => {
  test('whichever byte it is', async () => {
    const whole = readFileSync(bundle);
    const before = JSON.stringify({ ...(await facts(bundle)), file: '' });
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (place, mask) => {
        const altered = Buffer.from(whole);
        altered[place]! ^= mask;
        writeFileSync(at('altered.zip'), altered);
        const told = await facts(at('altered.zip')).then(
          (found) => JSON.stringify({ ...found, file: '' }),
          (error: unknown) => (error as { readonly code?: string }).code,
        );
        expect([before, 'BUNDLE']).toContain(told);
      }),
      { numRuns: 150 },
    );
  });

  const record = (from: RegExp | string, to: string) => (files: Map<string, string>) =>
    files.set('record.ndjson', files.get('record.ndjson')!.replace(from, to));
  const manifest = (from: RegExp | string, to: string) => (files: Map<string, string>) =>
    files.set('bundle.json', files.get('bundle.json')!.replace(from, to));

  test.for<readonly [string, (files: Map<string, string>) => unknown, RegExp]>([
    [
      'a newer format',
      manifest('"format": 1', '"format": 2'),
      /was written by restage 0\.1\.0, and this restage .* cannot read it; update restage/,
    ],
    ['a newer record', manifest(/"record": \d+/, '"record": 99'), /cannot read it; update restage/],
    ['newer keys', manifest(/"keys": \d+/, '"keys": 99'), /cannot read it; update restage/],
    ['an older record than travels', manifest(/"record": \d+/, '"record": 3'), /its record has schema 3/],
    [
      'a member that nobody knows',
      manifest('"format": 1', '"format": 1, "extra": 1'),
      /bundle\.json is not one that restage writes/,
    ],
    [
      'files to read above the folder',
      manifest('"reads": []', '"reads": [{"path":"../x","digest":null}]'),
      /bundle\.json is not one that restage writes/,
    ],
    [
      'a digest of a file that is not its own',
      manifest(/"README\.md": "../, '"README.md": "00'),
      /README\.md is not what its digest says/,
    ],
    ['no README', (files) => files.delete('README.md'), /README\.md is missing from it/],
    [
      'a file of another kind',
      (files) => files.set('run.sh', 'x'),
      /it has a file of a kind that restage does not write/,
    ],
    [
      'an object under another name',
      (files) => files.set(`objects/${'a'.repeat(64)}`, 'x'),
      /it has a file of a kind that restage does not write/,
    ],
    [
      'a lock file with a link',
      (files) => files.set('package-lock.json', '{}'),
      /its lock file is not one that restage writes/,
    ],
    [
      'a script in package.json',
      (files) => files.set('package.json', files.get('package.json')!.replace('{', '{"scripts":{"preinstall":"x"},')),
      /its lock file is not one/,
    ],
    ['a table of SQLite itself', record('{"table":"artifact"', '{"table":"sqlite_schema"'), /a table of another name/],
    ['a table twice', record('{"table":"artifact"', '{"table":"name"'), /line \d+ of the record is not a row of it/],
    [
      'columns of another name',
      record('"columns":["id","text"]', '"columns":["id","text; DROP TABLE run"]'),
      /other columns in the table name/,
    ],
    ['a row that is too short', record(/\n\[\d+,[^\n]*\]\n/, '\n[1]\n'), /line 2 of the record is not a row of it/],
    ['no row at all', record(/^/, 'SQLite format 3\n'), /line 1 of the record is not a row of it/],
    [
      'a value of another type',
      record(/("table":"run_end"[^\n]*\n\[1,)\d+/, '$1"soon"'),
      /breaks a rule of the database/,
    ],
    [
      'a row that refers to none',
      record(/(\{"table":"run_end"[^\n]*\n)\[1,/, '$1[77,'),
      /breaks a rule of the database/,
    ],
    ['another parameter', record('"param.cut"', '"param.cuT"'), /has a state that is not what its key/],
    [
      'an output that is not what its digest says',
      record(Buffer.from('3.5').toString('hex'), Buffer.from('9.5').toString('hex')),
      /holds an artifact that is not what its digest/,
    ],
    [
      'an input of its own making',
      record(/(\{"table":"state_input"[^]*?\n\[2,[^\n]*,)1(,\d+,null\]\n)/, '$12$2'),
      /an input that nothing made/,
    ],
    ['parameters that are not JSON', record('"{\\"cut\\":0.5}"', '"{cut"'), /the parameters of a run in another form/],
  ])('%s', async ([, change, refusal]) => {
    rewrite(bundle, at('forged.zip'), change);
    await expect(facts(at('forged.zip'))).rejects.toThrow(refusal);
  });

  test('code that is not what the states say', async () => {
    rewrite(bundle, at('forged.zip'), (files) => {
      const [name, text] = [...files].find(([, each]) => each.includes('lab/score'.padEnd(5000)))!;
      const other = text.replace('lab/score', 'lab/hacks');
      files.delete(name);
      files.set(`objects/${sha256(other)}`, other);
      const hex = name.slice('objects/'.length);
      files.set('record.ndjson', files.get('record.ndjson')!.replaceAll(hex, sha256(other)));
    });
    await expect(facts(at('forged.zip'))).rejects.toThrow('the code of stage lab/score is not what its digest says');
  });

  test.each(['package-lock\\.json', 'data/', 'cache/state\\.db', 'cache/objects/tmp/'])(
    'and a disk that is full when %s is laid out for a replay is called full, and the bundle is not called changed',
    async (where) => {
      const into = join(disposableDirectory('restage-replay-'), 'folder');
      const allowAgain = refuse('write', 'ENOSPC', new RegExp(`^${into}/${where}`));
      const full = await restage(['replay', bundle, '--yes', '--into', into]);
      allowAgain();
      expect(full.code).toBe(5);
      expect(sentence(full)).toMatch(/^[^\n]*there is no space left; free some[^\n]*\(.*ENOSPC\)\.$/);
      expect(full.stderr).not.toMatch(/changed|not a bundle/);
    },
  );

  test('and refusals of the command line are one sentence, and exit 2', async () => {
    writeFileSync(at('cut.zip'), readFileSync(bundle).subarray(0, 4000));
    for (const words of [
      ['bundle', 'info', at('cut.zip')],
      ['replay', at('cut.zip'), '--yes'],
      ['how', '3.5', '--cache', at('cut.zip')],
    ]) {
      const refused = await restage(words);
      expect(refused.code).toBe(2);
      expect(sentence(refused)).toMatch(
        /cut\.zip is not a bundle as restage writes it, or it was changed: it is not a ZIP archive, or it is truncated; get it again/,
      );
    }
  });
});
