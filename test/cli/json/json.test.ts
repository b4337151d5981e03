import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as Built from '../../../src/cli/main.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { fillCache } from '../filled-cache.ts';
import { builtModule } from '../../helpers/built.ts';
import { Command, type Outcome } from '../../helpers/command.ts';
import { VERB_LIST } from '../../helpers/verbs.ts';
import { DICE, DICE_STUDY } from '../dice.ts';
import { TOY } from '../toy.ts';
import { EVENTS } from './event-schemas.ts';
import { DOCUMENTS, type DocumentName } from './schemas.ts';

// As it was built: a worker process of the sources takes five times as long to start, and these calls start many.
const { main } = (await import(builtModule('cli/main.ts'))) as typeof Built;

/** A cluster that this machine may belong to is not asked. */
const env = { PATH: '/nowhere' };
const restage = (args: readonly string[]): Promise<Outcome> => new Command(args, { env }, main).outcome;

const directory = mkdtempSync(join(tmpdir(), 'restage-json-'));
const toyCache = join(directory, 'toy');
const filledCache = join(directory, 'filled');
const diceCache = join(directory, 'dice');

beforeAll(async () => {
  (await fillCache(filledCache)).cache.close();
  expect((await restage(['run', TOY, '--cache', toyCache])).code).toBe(0);
  expect((await restage(['run', TOY, '-S', 'failing=1', '--cache', toyCache])).code).toBe(1);
  expect((await restage(['ablate', DICE_STUDY, '--cache', diceCache])).code).toBe(1);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const toy = (...args: string[]) => [...args, '--cache', toyCache, '--json'];
const filled = (...args: string[]) => [...args, '--cache', filledCache, '--json'];
const dice = (...args: string[]) => [...args, '--cache', diceCache, '--json'];

/** What is wrong with it; empty if nothing is. */
function faults(name: DocumentName, value: unknown): string {
  const { error } = DOCUMENTS[name].safeParse(value);
  return error === undefined ? '' : `${name}: ${error.message}\n${JSON.stringify(value).slice(0, 2000)}`;
}

const CALLS: [DocumentName, readonly string[], number?][] = [
  ['plan', toy('plan', TOY, '-S', 'scale=9')],
  ['plan', toy('run', TOY, '-n', '--force')],
  ['plan', dice('plan', DICE_STUDY)],
  ['status', dice('status', DICE_STUDY)],
  ['status', toy('status', TOY)],
  ['status', toy('status', TOY, '-S', 'scale=9', '--check'), 3],
  ['status', ['status', TOY, '--cache', join(directory, 'never-run'), '--json']],
  ['log', toy('log')],
  ['log', filled('log', '--tag', 'nothing')],
  ['log', toy('log', '--columns', 'failing,slope,loss,fit@fold=0.loss,slope.error')],
  ['compare', toy('compare')],
  ['compare', toy('compare', '1', '2', '--columns', 'failing,metric:fit.loss')],
  ['compare', filled('compare', '--last', '4', '--sort', 'fit.loss')],
  ['metrics', toy('metrics')],
  ['metrics', filled('metrics', 'loss', 'gap', '--run', '1')],
  ['log <run>', toy('log', '2')],
  ['log <run>', filled('show', 'run:3')],
  ['log <run>', filled('log', '4')],
  ['log <node>', toy('log', 'fit@fold=0')],
  ['log <node>', filled('log', 'fit@fold=0')],
  ['show <state>', toy('show', TOY, 'average')],
  ['show <state>', toy('show', 'summary')],
  ['show <state>', filled('show', 'fit@fold=0')],
  ['show <state>', filled('show', 'score')],
  ['show <artifact>', filled('show', 'score.metrics')],
  ['show <artifact>', filled('show', 'data.data')],
  ['show <code>', filled('show', sha256('toy/fit'))],
  ['show --sources', filled('show', sha256('toy/fit'), '--sources')],
  ['show --sources', toy('show', 'average', '--source', 'test/cli/fixtures/toy.ts')],
  ['how', toy('how', 'average')],
  ['how', toy('how', 'run:1/average.score', '--without-today')],
  ['how', filled('how', 'score.ams.value')],
  ['how', filled('how', 'run:2')],
  ['how', filled('how', sha256('labels'))],
  ['uses', toy('uses', 'make-data')],
  ['uses', filled('uses', 'data.data')],
  ['uses', filled('uses', sha256('toy/fit'))],
  ['show <pipeline>', toy('show', TOY)],
  ['get', toy('get', 'average.score')],
  ['get', toy('get', TOY, 'summary.note', '-o', join(directory, 'note.txt'))],
  ['graph', toy('graph', TOY)],
  ['graph', filled('graph', 'run:1')],
  ['graph', toy('graph', TOY, '--full', '-o', join(directory, 'toy.mmd'))],
  ['report', toy('report', '2')],
  ['report', filled('report', '1')],
  ['report', filled('report', 'run:4')],
  ['report', dice('report', 'fairness', '-o', join(directory, 'fairness.html'))],
  ['tag <what> <name>', toy('tag', 'run:1', 'baseline')],
  ['tag <what> <name>', toy('tag', 'average', 'best')],
  ['tag', toy('tag', '--list')],
  ['diff <run> <run>', toy('diff', '1', '2')],
  ['diff <run> <run>', filled('diff', '1', '3')],
  ['diff <run> --working', toy('diff', 'run:1', '--working', '-S', 'scale=2')],
  ['diff <state> <state>', filled('diff', 'fit@fold=0', 'fit@fold=1')],
  ['diff <output> <output>', filled('diff', 'run:1/fit@fold=0.slope', 'run:1/fit@fold=1.slope')],
  ['diff <code> <code>', filled('diff', sha256('toy/fit'), sha256('toy/score'))],
  ['verify', toy('verify', 'run:1')],
  ['export', filled('export', 'run:1', '--prov', join(directory, 'run.json'), '--mlflow', join(directory, 'mlruns'))],
  ['verify --save', toy('verify', 'run:1', '--save', join(directory, 'baseline.json'))],
  ['verify --against', toy('verify', 'run:1', '--against', join(directory, 'baseline.json'))],
  ['verify --against', toy('verify', 'run:2', '--against', join(directory, 'baseline.json')), 4],
  ['bundle', toy('bundle', 'run:1/average', '-o', join(directory, 'average.zip'))],
  ['bundle', filled('bundle', 'run:1/data', '--dry-run')],
  ['bundle info', ['bundle', 'info', join(directory, 'average.zip'), '--json']],
  ['replay', ['replay', join(directory, 'average.zip'), '--json']],
  ['how', ['how', 'run:1/average', '--cache', join(directory, 'average.zip'), '--json']],
  ['remote add', toy('remote', 'add', 'group', join(directory, 'remote'))],
  ['remote list', toy('remote', 'list')],
  ['push', toy('push', 'run:1')],
  ['remote list <name>', toy('remote', 'list', 'group')],
  ['pull', toy('pull', '--all')],
  ['remote add', toy('remote', 'remove', 'group')],
  ['why', toy('why', '1', '2')],
  ['why', toy('why')],
  ['why <branch>', dice('why', 'fairness/without-loading')],
  ['why <branch>', dice('why', 'fairness')],
  ['why <node>', toy('why', 'summary')],
  ['why <node>', toy('why', 'run:2/average')],
  ['why --if', [...toy('why', '1', '--if', 'scale=9'), '--pipeline', TOY]],
  ['cost', filled('cost')],
  ['cost <run>', toy('cost', 'run:2')],
  ['cost <pipeline>', toy('cost', TOY, '-S', 'scale=9')],
  ['sql', toy('sql')],
  ['sql <query>', toy('sql', "SELECT *, 1e999, x'00ff' FROM runs")],
  ['sql <query>', ['sql', 'SELECT * FROM lineage', '--cache', join(directory, 'average.zip'), '--json']],
  ['ablate', dice('ablate', DICE_STUDY), 1],
  ['ablate', dice('ablate', DICE_STUDY, '--seeds', '1'), 1],
  ['ablate', dice('ablate', DICE, '-S', 'dice=10,20', '--metric', 'score.mean:higher:redrawn-split=0.2')],
  ['show <effects>', dice('show', 'effect:fairness')],
  ['show <effects>', dice('show', 'effect:fairness/without-loading/mean')],
  ['how', dice('how', 'effect:fairness/without-loading/mean/difference')],
  ['uses', dice('uses', 'fairness/base/seed-0/judge')],
  ['ablate --plan', dice('ablate', DICE_STUDY, '--plan')],
  ['ablate --plan', dice('ablate', DICE_STUDY, '--plan', '--seeds', '1')],
  ['tree', dice('tree', 'fairness')],
  ['tree', dice('tree', 'fairness', '--tag', 'without-*', '-o', join(directory, 'tree.svg'))],
  ['tree <run>', dice('tree', 'fairness/base/seed-0')],
  ['accept', toy('accept', 'average', '--dry-run', '-S', 'scale=9', '--pipeline', TOY)],
  ['accept', toy('accept', TOY, 'average', '-m', 'why not', '-S', 'scale=9')],
  ['accept --list', toy('accept', '--list')],
  ['accept --revoke', toy('accept', '--revoke', '1')],
  ['accept --list', toy('accept', '--list')],
  ['show <state>', toy('show', 'run:1/average')],
  ['how', toy('how', 'run:1/average')],
  ['backup', filled('backup', join(directory, 'backup'))],
  ['pin <what>', filled('pin', 'data', '--note', 'for the paper')],
  ['pin <what>', filled('pin', 'run:1')],
  ['pin', filled('pin')],
  ['unpin', filled('unpin', 'run:1')],
  ['unpin', filled('unpin', 'data')],
  ['rm', filled('rm', 'run:3', '--dry-run')],
  ['gc', filled('gc', '--dry-run', '--keep-runs', '0')],
  ['du', filled('du')],
  ['fsck', filled('fsck')],
  ['completion', ['completion', 'fish', '--json']],
  ['init', ['init', join(directory, 'new'), '--json']],
  ['doctor', toy('doctor', '--quick')],
  ['doctor --executor', toy('doctor', '--executor', 'slurm'), 1],
];

describe('with --json', () => {
  test.each<[DocumentName, readonly string[], number?]>(CALLS)(
    'a document is what docs/json.md says: %s, of %j',
    { timeout: 120_000 },
    async (name, args, exit = 0) => {
      const { code, stdout, stderr } = await restage(args);
      expect([code, stderr]).toEqual([exit, '']);
      expect(faults(name, JSON.parse(stdout))).toBe('');
    },
  );

  test('every line of a run is what docs/json.md says, whether the run ends well or not', async () => {
    const seen = new Set<string>();
    for (const options of [['--force'], ['-S', 'failing=0'], ['-S', 'failing=0', '--fail-fast', '-j', '1']]) {
      const { stdout, stderr } = await restage(toy('run', TOY, ...options));
      expect(stderr).toBe('');
      for (const line of stdout.trimEnd().split('\n')) {
        const value = JSON.parse(line) as { readonly type: string };
        expect(faults('run', value)).toBe('');
        seen.add(value.type);
      }
    }
    for (const type of [
      'run-started',
      'node-hit',
      'node-ran',
      'node-metric',
      'node-failed',
      'node-skipped',
      'run-report',
    ])
      expect(seen).toContain(type);
  });

  test('a branch prints its run, and is in the tree of the run that it comes from', async () => {
    const { code, stdout, stderr } = await restage(
      dice('branch', 'fairness/base/seed-0', '--as', 'few', '-S', 'dice=7'),
    );
    expect([code, stderr]).toEqual([0, 'restage: few keeps 0 nodes of run 2 as they were\n']);
    for (const line of stdout.trimEnd().split('\n')) expect(faults('branch', JSON.parse(line))).toBe('');
    const tree = JSON.parse((await restage(dice('tree', 'run:2'))).stdout) as object;
    expect(faults('tree <run>', tree)).toBe('');
    expect(tree).toMatchObject({ root: { run: 2, children: [{ tags: ['few'], changes: ['dice=7'] }] } });
  });

  test('where no run is in progress, --watch prints the status as one line', async () => {
    const { stdout } = await restage(toy('status', TOY, '--watch'));
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(faults('status --watch', JSON.parse(stdout))).toBe('');
  });

  test('the schemas refuse a member that is missing and one that is not described', async () => {
    const plan = JSON.parse((await restage(toy('plan', TOY))).stdout) as Record<string, unknown>;
    expect(faults('plan', { ...plan, more: 1 })).toContain('more');
    expect(faults('plan', { ...plan, counts: undefined })).toContain('counts');
    expect(faults('plan', { ...plan, format: 2 })).toContain('format');
  });

  test('every verb but the one that only draws takes --json, and has a document', () => {
    for (const { name, options } of VERB_LIST) {
      if (name === 'console') continue;
      expect(options.map(({ long }) => long)).toContain('json');
      expect(Object.keys(DOCUMENTS).map((document) => document.split(' ', 1)[0])).toContain(name);
    }
  });
});

describe('an error, with --json,', () => {
  test.each([
    ['USAGE', 2, toy('show', 'nothing')],
    ['USAGE', 2, ['lgo', '--json']],
    ['USAGE', 2, ['run', TOY, '--jobs', 'many', '--json']],
    ['PARAM', 2, toy('run', TOY, '-S', 'folds=none')],
    ['CACHE', 5, ['plan', TOY, '--cache', TOY, '--json']],
  ])('is one line on standard output too: %s with exit code %i, of %j', async (code, exitCode, args) => {
    const outcome = await restage(args);
    expect(outcome.code).toBe(exitCode);
    const value = JSON.parse(outcome.stdout) as { readonly error: { readonly message: string } };
    expect(faults('errors', value)).toBe('');
    expect(value).toMatchObject({ error: { code, exitCode } });
    expect(outcome.stderr).toBe(`restage: ${value.error.message}\n`);
    expect(outcome.stdout.trimEnd()).not.toContain('\n');
  });

  test('does not need a reader of standard output', async () => {
    // In the sources, where a closed output has the class that the helper throws.
    const command = new Command(toy('show', 'nothing'));
    command.stopReading();
    const outcome = await command.outcome;
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('nothing');
  });

  test('is only on standard error without it, and where --json is an argument', async () => {
    for (const args of [
      ['show', 'nothing', '--cache', toyCache],
      ['run', 'no/such', '--reporter', 'json'],
      ['show', '--cache', toyCache, '--', '--json'],
    ])
      expect(await restage(args)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('docs/json.md', () => {
  const page = readFileSync(new URL('../../../docs/json.md', import.meta.url), 'utf8');
  /** The examples of each section, by its heading. */
  const examples = new Map(
    page.split(/^## /m).map((section) => {
      const [heading = ''] = section.split('\n', 1);
      const blocks = [...section.matchAll(/^```json\n([^]*?)^```$/gm)].map(([, text]) => text!);
      return [heading.replaceAll('`', ''), blocks] as const;
    }),
  );

  test.each(Object.keys(DOCUMENTS) as DocumentName[])('has an example of %s, which is true', (name) => {
    const blocks = examples.get(name) ?? [];
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      const documents = name === 'run' || name === 'branch' ? block.trimEnd().split('\n') : [block];
      for (const text of documents) expect(faults(name, JSON.parse(text))).toBe('');
    }
  });

  test('describes every type of event', () => {
    for (const type of Object.keys(EVENTS)) expect(page).toContain(`| \`${type}\` |`);
  });
});
