import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type CacheKey, sha256 } from '../../src/core/identity/digest.ts';
import { AttemptHandles } from '../../src/store/coordination/attempt-handles.ts';
import { Command, type Outcome, restage, sentence } from '../helpers/command.ts';
import { TOY } from './toy.ts';

const directory = mkdtempSync(join(tmpdir(), 'restage-cli-'));
const cache = join(directory, 'cache');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const toy = (verb: string, ...args: string[]): Promise<Outcome> => restage([verb, TOY, ...args, '--cache', cache]);
const events = ({ stdout }: Outcome) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly type: string } & Record<string, unknown>);

describe('the life of a pipeline on the command line', () => {
  test('a plan says what would run, and runs nothing', async () => {
    const { code, stdout } = await toy('run', '-n');
    expect(code).toBe(0);
    expect(stdout).toContain('toy: 1 to run, 5 pending on their inputs, 0 up to date');
    expect((await restage(['log', '--cache', cache])).stdout).toBe(
      'No run is on record yet; make one with: restage run <pipeline>\n',
    );
  });

  test('status --check exits with 3 as long as something is to run', async () => {
    const { code, stdout } = await toy('status', '--check');
    expect(code).toBe(3);
    expect(stdout).toContain('toy: 0 of 6 nodes up to date, 1 to run, 5 pending');
    expect(stdout).toContain(`toy has not run yet; start it with: restage run ${TOY}`);
  });

  test('a run ends with its results, numbers with their errors', async () => {
    const { code, stdout, stderr } = await toy('run');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('run 1 of toy: 6 nodes');
    expect(stdout).toContain('score:\n  folds  3\n  slope  2.000 ± 0.012\nrun 1 of toy: 6 ran in ');
    expect(stdout).not.toContain('\u001b');
  });

  test('a second run finds everything there and says so in two lines', async () => {
    const { stdout } = await toy('run');
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^toy: all 6 nodes are up to date \(/),
      'score: folds 3, slope 2.000 ± 0.012',
    ]);
    expect((await toy('status', '--check')).code).toBe(0);
  });

  test('status counts the attempts on other hosts that nobody has the state of', async () => {
    expect((await toy('status')).stdout).not.toContain('other hosts');
    const handles = new AttemptHandles(cache);
    const key = sha256('a state that is not on record') as string as CacheKey;
    handles.set(key, { executor: 'slurm', place: { unit: '0123456789abcdef', member: 0 } });
    expect((await toy('status')).stdout).toContain('\non other hosts: 1 attempt; the next run');
    expect(JSON.parse((await toy('status', '--json')).stdout)).toMatchObject({ attemptsElsewhere: 1 });
    handles.remove(key);
  });

  test('a changed parameter runs what depends on it alone', async () => {
    const told = events(await toy('run', '-S', 'scale=2', '--reporter', 'json'));
    expect(told.find(({ type }) => type === 'run-started')).toMatchObject({ pipeline: 'toy', nodes: 6 });
    expect(told.flatMap((event) => (event.type === 'node-ran' ? [event.node] : []))).toEqual(['average', 'summary']);
    expect(told.at(-1)).toMatchObject({ type: 'run-report', outcome: 'ok', counts: { hit: 4, ran: 2 } });
  });

  test('a failure exits with 1, keeps what is finished, and tells how to go on', async () => {
    const { code, stdout } = await toy('run', '-S', 'failing=1');
    expect(code).toBe(1);
    expect(stdout).toContain('failed fit@fold=1 (error): Fold 1 has no events; take fewer folds.');
    expect(stdout).toContain('| fitting fold 1\n');
    expect(stdout).toContain(`restage log fit@fold=1 --cache ${cache}\n`);
    expect(stdout).toContain('2 nodes skipped');
    expect(stdout).toContain(`with: restage run ${TOY} -S failing=1 --cache ${cache}\n`);
    const status = await toy('status', '-S', 'failing=1');
    expect(status.stdout).toContain('failed fit@fold=1 (error): Fold 1 has no events; take fewer folds.');
    const log = await restage(['log', 'fit@fold=1', '--cache', cache]);
    expect(log.stdout).toContain('fitting fold 1');
  });

  test('targets, --force and --fail-fast choose what runs', async () => {
    const told = events(await toy('run', 'make-data', '--force', '--json', '-S', 'rows=1000'));
    expect(told.at(-1)).toMatchObject({ counts: { ran: 1, hit: 0 } });
    const stopped = events(await toy('run', '--json', '-S', 'failing=0', '--fail-fast', '-j', '1'));
    expect(stopped.at(-1)).toMatchObject({ type: 'run-report', outcome: 'failed', counts: { failed: 1, ran: 0 } });
  });

  test('an output or a node of a pipeline is the one of the pipeline as it is defined now', async () => {
    expect((await toy('get', 'summary.note')).stdout).toBe('The slope is 2\nfrom 3 folds.\n');
    expect((await toy('get', 'summary.note', '-S', 'scale=2')).stdout).toBe('The slope is 4\nfrom 3 folds.\n');
    expect((await toy('get', 'make-data', '--csv')).stdout.split('\n').slice(0, 2)).toEqual(['x,y', '0,0.5']);
    expect((await toy('show', 'average')).stdout).toContain('stage  toy/average');
    const stale = await toy('get', 'average.score', '-S', 'scale=3');
    expect([stale.code, sentence(stale)]).toEqual([
      2,
      `average is not up to date (param.scale 2 -> 3); run it first, or omit ${TOY} for the latest on record.`,
    ]);
  });

  test('without the pipeline it is the latest on record', async () => {
    expect((await restage(['get', 'summary.note', '--cache', cache])).stdout).toBe('The slope is 4\nfrom 3 folds.\n');
    const refused = await restage(['get', 'summary.note', '-S', 'scale=2', '--cache', cache]);
    expect([refused.code, sentence(refused)]).toEqual([
      2,
      '--set needs a pipeline; write restage get <pipeline> before the name.',
    ]);
  });

  test('the graph is DOT by default, and what the ending of a file says', async () => {
    const { stdout } = await toy('graph');
    expect(stdout).toContain('label="fit ×3"');
    const file = join(directory, 'toy.svg');
    expect((await toy('graph', '--full', '-o', file)).stdout).toBe(`The graph of toy is in ${file}\n`);
    expect(readFileSync(file, 'utf8')).toContain('fit@fold=2');
    expect((await toy('graph', '--format', 'mermaid')).stdout).toContain('flowchart TB');
  });

  test('a reader that goes away stops a listing quietly', async () => {
    const listing = new Command(['log', '--cache', cache]);
    listing.stopReading();
    expect(await listing.outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('Ctrl-C', () => {
  const slow = ['run', TOY.replace('toy.ts', 'slow.ts'), '--cache', join(directory, 'slow')];

  test('keeps what is finished, marks the run as interrupted and exits with 130', async () => {
    const running = new Command(slow);
    await running.said('start   wait');
    running.interrupt();
    const { code, stdout, stderr } = await running.outcome;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^restage: interrupting: .*Ctrl-C again.*\n$/);
    expect(stdout).toContain('interrupted: run 1 of slow: 1 ran');
    expect(stdout).toContain(`restage ${slow.join(' ')}`);
    const log = await restage(['log', '--cache', join(directory, 'slow'), '--json']);
    expect(JSON.parse(log.stdout)).toMatchObject({ runs: [{ id: 1, outcome: 'interrupted', counts: { ran: 1 } }] });
  });

  test('a second time leaves at once, while a stage still runs', async () => {
    const running = new Command([...slow, '--force']);
    await running.said('start   wait');
    running.interrupt();
    running.interrupt();
    const { code, stdout } = await running.outcome;
    expect(code).toBe(130);
    expect(stdout).not.toContain('interrupted: run');
  });

  test('is also what happens when nobody reads the output any more', async () => {
    const running = new Command([...slow, '--reporter', 'json', '--force']);
    await running.said('waiting');
    running.stopReading();
    expect((await running.outcome).code).toBe(130);
  });
});

describe('bad input is one sentence and exit code 2', () => {
  test.each<[string[], ...string[]]>([
    [['run', 'no/such', '-S', 'a'], '-S a', 'path=value'],
    [['run', TOY, '-j', '0'], '--jobs must be a whole number of at least 1, not 0'],
    [['run', TOY, '--seed', '-1'], '--seed must be a whole number of at least 0, not -1'],
    [['run', TOY, '--max-failures', 'two'], '--max-failures', 'not two'],
    [['run', TOY, '--pool', 'gpu'], '--pool gpu', 'name=N'],
    [['run', TOY, '--device', 'gpus'], 'device "gpus"', 'did you mean "gpu"?'],
    [['run', TOY, '--reporter', 'jsn'], '--reporter', 'ink, plain or json', 'did you mean "json"?'],
    [['run', TOY, '--reporter', 'ink'], '--reporter ink', 'terminal'],
    [['status', TOY, '--watch', '--check'], '--watch and --check', 'exclude each other'],
    [['doctor', '--executor', 'slrm'], 'no executor "slrm"', 'did you mean "slurm"?'],
    [['doctor', '--executor', 'worker'], 'executes on this machine', 'give one of slurm'],
    [['doctor', '--partition', 'long'], '--partition is for a cluster', '--executor'],
    [['doctor', '--executor', 'slurm', '--wait', '0'], '--wait must be a whole number of at least 1, not 0'],
    [['graph', TOY, '-o', 'x.png'], 'x.png', '.svg', '--format'],
    [['run', TOY, '-S', 'fold=2'], 'no parameter fold', 'did you mean "folds"?'],
    [['run', TOY, 'fitt'], '"fitt"', 'did you mean "fit"?'],
    [['get', TOY, 'averge.score'], '"averge.score"', 'did you mean "average.score"?'],
    [['show', TOY, 'fit'], 'fit has several instances', 'fit@fold=0'],
  ])('%j', async (args, ...named) => {
    const outcome = await restage([...args, '--cache', cache]);
    expect([outcome.code, outcome.stdout]).toEqual([2, '']);
    for (const words of named) expect(sentence(outcome)).toContain(words);
  });

  test('a pipeline that is not there makes no cache', async () => {
    const fresh = join(directory, 'fresh');
    const outcome = await restage(['run', 'no/such', '--cache', fresh]);
    expect(outcome.code).toBe(2);
    for (const words of ['no/such', 'pipelines/higgs']) expect(sentence(outcome)).toContain(words);
    expect(existsSync(fresh)).toBe(false);
  });

  test('--debug adds the stack trace', async () => {
    const { stderr } = await restage(['run', 'no/such', '--debug']);
    expect(stderr.split('\n').length).toBeGreaterThan(3);
    expect(stderr).toContain('    at ');
  });
});

describe('the command itself', () => {
  test('prints its version and its help, whichever way it is asked', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect((await restage(['--version'])).stdout).toBe(`${version}\n`);
    const help = await restage(['--help']);
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('run [pipeline] [targets...]');
    expect((await restage(['help'])).stdout).toBe(help.stdout);
    const runHelp = (await restage(['run', '--help'])).stdout;
    expect(runHelp).toContain('Usage: restage run [pipeline] [targets...] [options]');
    expect((await restage(['help', 'run'])).stdout).toBe(runHelp);
    expect((await restage(['run', 'x', '--force', '-h'])).stdout).toBe(runHelp);
  });

  test('refuses other verbs', async () => {
    const outcome = await restage(['rn']);
    expect(outcome.code).toBe(2);
    expect(sentence(outcome)).toContain('did you mean "run"?');
    expect((await restage(['help', 'rn'])).code).toBe(2);
  });
});
