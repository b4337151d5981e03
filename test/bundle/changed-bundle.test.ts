/** Nothing of a bundle that was changed is believed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { withBundleCache } from '../../src/bundle/bundle-cache.ts';
import { examine, factsOf } from '../../src/bundle/facts.ts';
import { sha256 } from '../../src/core/identity/digest.ts';
import { Cache } from '../../src/store/cache.ts';
import { restage, sentence } from '../helpers/command.ts';
import { disposableDirectory } from '../helpers/disposable.ts';
import { openEmptyCache } from '../helpers/empty-cache.ts';
import { refuse } from '../helpers/failing-disk.ts';
import { bundleOf, fillSmall, rewrite } from './small-record.ts';

const folder = disposableDirectory('restage-bundle-test-');
const at = (name: string): string => join(folder, name);
const bundle = at('number.zip');

beforeAll(() =>
  Cache.using(openEmptyCache(at('cache')), async (cache) => {
    await fillSmall(cache, folder);
    await bundleOf(cache, 'run:1/score.score.ams', bundle);
  }),
);

const facts = (path: string) => withBundleCache(path, (cache, file) => factsOf(file, examine(cache, file)));

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
