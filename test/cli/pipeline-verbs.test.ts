import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Outcome, outcomeOf, restage, sentence, startRestage, TOY } from './restage.ts';

const directory = mkdtempSync(join(tmpdir(), 'restage-cli-'));
const cache = join(directory, 'cache');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const toy = (verb: string, ...args: string[]): Promise<Outcome> => restage(verb, TOY, ...args, '--cache', cache);
const events = ({ stdout }: Outcome) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly type: string } & Record<string, unknown>);

describe('the life of a pipeline on the command line', () => {
  test('a plan says what would run, and runs nothing', async () => {
    const { code, stdout } = await toy('run', '-n');
    expect(code).toBe(0);
    expect(stdout).toContain('toy: 1 to run, 5 pending on what comes out, 0 up to date');
    expect((await restage('log', '--cache', cache)).stdout).toBe(
      'No run is on record yet; make one with: restage run <pipeline>\n',
    );
  });

  test('status --check exits with 3 as long as something is to run', async () => {
    const { code, stdout } = await toy('status', '--check');
    expect(code).toBe(3);
    expect(stdout).toContain('toy: 0 of 6 nodes up to date, 1 to run, 5 pending');
    expect(stdout).toContain(`toy has never been run; start it with: restage run ${TOY}`);
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

  test('a changed parameter runs what depends on it alone', async () => {
    const told = events(await toy('run', '-S', 'scale=2', '--reporter', 'json'));
    expect(told[0]).toMatchObject({ type: 'run-started', pipeline: 'toy', nodes: 6 });
    expect(told.flatMap((event) => (event.type === 'node-ran' ? [event.node] : []))).toEqual(['average', 'summary']);
    expect(told.at(-1)).toMatchObject({ type: 'run-report', outcome: 'ok', counts: { hit: 4, ran: 2 } });
  });

  test('a failure exits with 1, keeps what is finished, and tells how to go on', async () => {
    const { code, stdout } = await toy('run', '-S', 'failing=1');
    expect(code).toBe(1);
    expect(stdout).toContain('failed fit@fold=1 (error): Fold 1 has no events; take fewer folds.');
    expect(stdout).toContain('| fitting fold 1\n');
    expect(stdout).toContain(`restage log fit@fold=1 --cache ${cache}\n`);
    expect(stdout).toContain('2 nodes skipped, in need of what failed.');
    expect(stdout).toContain(`go on with: restage run ${TOY} -S failing=1 --cache ${cache}\n`);
    const status = await toy('status', '-S', 'failing=1');
    expect(status.stdout).toContain('failed: fit@fold=1 (error): Fold 1 has no events; take fewer folds.');
    const log = await restage('log', 'fit@fold=1', '--cache', cache);
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
      `average is not up to date (param.scale 2 -> 3); run it first, or leave ${TOY} away for the latest on record.`,
    ]);
  });

  test('without the pipeline it is the latest on record', async () => {
    expect((await restage('get', 'summary.note', '--cache', cache)).stdout).toBe('The slope is 4\nfrom 3 folds.\n');
    const refused = await restage('get', 'summary.note', '-S', 'scale=2', '--cache', cache);
    expect([refused.code, sentence(refused)]).toEqual([
      2,
      '--set needs to know the pipeline; write restage get <pipeline> before the name.',
    ]);
  });

  test('the graph is DOT by default, and what the ending of a file says', async () => {
    const { stdout } = await toy('graph');
    expect(stdout).toContain('label="fit ×3"');
    const file = join(directory, 'toy.svg');
    expect((await toy('graph', '--full', '-o', file)).stdout).toBe(`toy is drawn in ${file}\n`);
    expect(readFileSync(file, 'utf8')).toContain('fit@fold=2');
    expect((await toy('graph', '--format', 'mermaid')).stdout).toContain('flowchart TB');
  });

  test('a reader that goes away stops a listing quietly', async () => {
    const child = startRestage(['log', '--cache', cache]);
    child.stdout!.destroy();
    const stderr: string[] = [];
    child.stderr!.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, stderr.join('')]).toEqual([0, '']);
  });
});

describe('Ctrl-C', () => {
  const slow = ['run', TOY.replace('toy.ts', 'slow.ts'), '--cache', join(directory, 'slow')];

  test('keeps what is finished, marks the run as interrupted and exits with 130', async () => {
    const child = startRestage(slow);
    child.stdout!.on('data', (text: Buffer) => {
      if (text.toString().includes('start   wait')) child.kill('SIGINT');
    });
    const { code, stdout, stderr } = await outcomeOf(child);
    expect(code).toBe(130);
    expect(stderr).toBe(
      'restage: interrupting; what is finished is kept, and what runs is stopped; press Ctrl-C again to leave at once.\n',
    );
    expect(stdout).toContain('interrupted: run 1 of slow: 1 ran');
    expect(stdout).toContain('What is finished is kept. To go on with: restage run ');
    const log = await restage('log', '--cache', join(directory, 'slow'), '--json');
    expect(JSON.parse(log.stdout)).toMatchObject([{ id: 1, outcome: 'interrupted', counts: { ran: 1 } }]);
  });

  test('is also what happens when nobody reads the output any more', async () => {
    const child = startRestage([...slow, '--reporter', 'json', '--force']);
    child.stdout!.on('data', (text: Buffer) => {
      if (text.toString().includes('waiting')) child.stdout!.destroy();
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(130);
  });
});

describe('bad input is one sentence and exit code 2', () => {
  test.each([
    [['run', 'no/such', '-S', 'a'], '-S a is not of the form path=value; write for example -S a=10'],
    [['run', TOY, '-j', 'two'], '--jobs of restage run is two, which is no whole number from 1 up.'],
    [['run', TOY, '--seed', '-1'], '--seed of restage run is -1, which is no whole number from 0 up.'],
    [['run', TOY, '--max-failures', '0'], '--max-failures of restage run is 0, which is no whole number from 1 up.'],
    [['run', TOY, '--pool', 'gpu'], '--pool gpu is not of the form name=N; write for example --pool licence=2.'],
    [
      ['run', TOY, '--device', 'gpus'],
      'There is no device "gpus" (did you mean "gpu"?); it is cpu, gpu, gpu:N or auto.',
    ],
    [
      ['run', TOY, '--reporter', 'jsn'],
      '--reporter of restage run is jsn (did you mean "json"?); it takes ink, plain or json.',
    ],
    [
      ['graph', TOY, '-o', 'x.png'],
      'The ending of x.png tells no format; use .dot, .mmd or .svg, or give one with --format.',
    ],
    [
      ['run', TOY, '-S', 'fold=2'],
      'Pipeline toy has no parameter fold (did you mean "folds"?); it has rows, folds, failing, scale.',
    ],
    [
      ['run', TOY, 'fitt'],
      'Pipeline toy has no node, stage or output "fitt" (did you mean "fit"?); "restage graph" shows them.',
    ],
    [
      ['get', TOY, 'averge.score'],
      'Pipeline toy has no node averge (did you mean "average"?); "restage graph --full" shows them.',
    ],
  ])('%j', async (args, expected) => {
    const outcome = await restage(...args, '--cache', cache);
    expect([outcome.code, outcome.stdout, sentence(outcome)]).toEqual([2, '', expected]);
  });

  test('a pipeline that is not there makes no cache', async () => {
    const fresh = join(directory, 'fresh');
    const outcome = await restage('run', 'no/such', '--cache', fresh);
    expect(outcome.code).toBe(2);
    expect(sentence(outcome)).toMatch(
      /^There is no pipeline at no\/such: .* does not exist; the pipeline comes first, here .*pipelines\/higgs.*\.$/,
    );
    expect(existsSync(fresh)).toBe(false);
  });

  test('--debug adds the stack trace', async () => {
    const { stderr } = await restage('run', 'no/such', '--debug');
    expect(stderr.split('\n').length).toBeGreaterThan(3);
    expect(stderr).toContain('    at ');
  });
});

describe('the command itself', () => {
  test('prints its version and its help, whichever way it is asked', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect((await restage('--version')).stdout).toBe(`${version}\n`);
    const help = await restage('--help');
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('run [pipeline] [targets...]');
    expect((await restage('help')).stdout).toBe(help.stdout);
    const runHelp = (await restage('run', '--help')).stdout;
    expect(runHelp).toContain('Usage: restage run [pipeline] [targets...] [options]');
    expect((await restage('help', 'run')).stdout).toBe(runHelp);
    expect((await restage('run', 'x', '--force', '-h')).stdout).toBe(runHelp);
  });

  test('knows no other verbs', async () => {
    const outcome = await restage('rn');
    expect([outcome.code, sentence(outcome)]).toEqual([
      2,
      'There is no verb "rn" (did you mean "run"?); restage --help lists them.',
    ]);
    expect((await outcomeOf(startRestage(['help', 'rn']))).code).toBe(2);
  });
});
