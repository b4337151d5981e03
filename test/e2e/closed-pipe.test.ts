/** Output that nobody reads: verbs end at once and in order, without a word too many. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { inThisProcess } from '../helpers/in-process-project.ts';
import { type Ended, inOneProcess, type Streams } from '../helpers/one-process.ts';
import { CLI, makeProject } from '../helpers/project.ts';

const project = makeProject('lab');
const PIPELINE = project.root;

/** What is asked of verbs; others write by the same functions, and one of them is asked for its help. */
const CALLS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  run: [[PIPELINE], [PIPELINE, '--dry-run'], [PIPELINE, '-v', '-f', 'note']],
  plan: [[PIPELINE], [PIPELINE, '--full']],
  status: [[PIPELINE], [PIPELINE, '--watch'], ['--watch']],
  log: [[], ['1'], ['note']],
  show: [['note'], ['run:1']],
  get: [['note.text'], [PIPELINE, 'note.text'], ['note.text', '-o', '/dev/stdout']],
  graph: [
    [PIPELINE],
    [PIPELINE, '--full'],
    [PIPELINE, '--format', 'svg'],
    [PIPELINE, '--format', 'dot', '-o', '/dev/stdout'],
  ],
  tag: [[], ['run:1', 'first']],
  fsck: [[]],
  how: [['note.text']],
  doctor: [['--help']],
};
/** The first call of each verb also with `--json`. */
const CASES = Object.entries(CALLS).flatMap(([name, calls]) =>
  calls.flatMap((call, index) =>
    index > 0 || call[0] === '--help'
      ? [[name, ...call]]
      : [
          [name, ...call],
          [name, ...call, '--json'],
        ],
  ),
);

const COMPLAINTS = [
  ['nonsense'],
  ['run', './nowhere'],
  ['show', 'nothing-of-the-kind'],
  ['run', PIPELINE, '-S', 'nonsense=1'],
];

beforeAll(async () => {
  expect((await project.run()).code).toBe(0);
});

describe('output to a pipe that nobody reads', () => {
  const unread = ends([...CASES, ...COMPLAINTS], { closed: ['stdout'] });
  const unheard = ends([...CASES, ...COMPLAINTS], { closed: ['stdout', 'stderr'] });
  const withoutComplaint = ends(COMPLAINTS, { closed: ['stderr'] });

  for (const args of CASES)
    test(titleOf(args), () => {
      const { code, stderr } = unread(args);
      expect(stderr).not.toMatch(/EPIPE|internal error|\n\s+at /);
      // Nobody reads what a run does: it is interrupted, unless it was over by then.
      const codes = args[0] === 'run' ? [0, 130] : [0];
      expect(codes).toContain(code);
      expect(codes).toContain(unheard(args).code);
    });

  for (const args of COMPLAINTS)
    test(`${titleOf(args)}: a complaint that nobody hears keeps its exit code`, () => {
      expect(unread(args)).toEqual({ code: 2, stderr: expect.stringMatching(/^restage: [^\n]+\n$/) as string });
      expect(withoutComplaint(args).code).toBe(2);
      expect(unheard(args).code).toBe(2);
    });

  test('ends a process by the same exit codes', async () => {
    const run = await project.restage(withCache(['run', PIPELINE, '-v', '-f', 'note']), { closed: ['stdout'] });
    expect(run).toMatchObject({
      signal: null,
      stderr: expect.not.stringMatching(/EPIPE|internal error|\n\s+at /) as string,
    });
    expect([0, 130]).toContain(run.code);
    const both = { closed: ['stdout', 'stderr'] } as const;
    expect(await project.restage(withCache(['graph', PIPELINE, '--full']), both)).toMatchObject({ code: 0 });
    expect(await project.restage(withCache(['show', 'nothing-of-the-kind']), both)).toMatchObject({ code: 2 });
  });

  test('in a shell: the reader takes one line of many and goes', () => {
    // More than a pipe holds.
    const many = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT i FROM n';
    for (const args of [
      ['sql', many, '--csv'],
      ['run', PIPELINE, '--json'],
    ]) {
      const words = [process.execPath, CLI, ...withCache(args)];
      const script = `"$@" | head -1; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...words], {
        cwd: project.root,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      const [first, code] = stdout.trim().split('\n');
      expect(first).not.toBe('');
      expect([0, 130]).toContain(Number(code));
    }
  });
});

describe.skipIf(!existsSync('/dev/full'))('output to a disk that is full (needs /dev/full)', () => {
  const SENTENCE =
    'restage: Standard output cannot be written: there is no space left; free some, or send it elsewhere.\n';
  const REFUSED = [
    ['log'],
    ['log', '--json'],
    ['plan', PIPELINE],
    ['--help'],
    ['run', PIPELINE, '--force'],
    ['run', PIPELINE, '--json'],
    ['status', PIPELINE],
  ];
  const NONSENSE = [['nonsense'], ['nonsense', '--json']];
  /** What is wrong with it is found after the first event could not be written. */
  const WRONG = ['run', PIPELINE, '--json', '-S', 'rows=7', '--only', 'note'];
  const refused = ends([...REFUSED, ...NONSENSE, WRONG], () => {
    const full = openSync('/dev/full', 'w');
    return { stdout: full, close: () => closeSync(full) };
  });

  for (const args of REFUSED)
    test(`${titleOf(args)}: the output is refused, and not the cache`, () => {
      expect(refused(args)).toEqual({ code: 5, stderr: SENTENCE });
    });

  test('a run keeps what it has finished, and the next one goes on', async () => {
    const call = withCache(['run', PIPELINE, '-S', 'note=full']);
    const full = openSync('/dev/full', 'w');
    try {
      const stdio = ['ignore', full, 'pipe'] as const;
      const { status, stderr } = spawnSync(process.execPath, [CLI, ...call], { stdio: [...stdio], encoding: 'utf8' });
      expect({ code: status, stderr }).toEqual({ code: 5, stderr: SENTENCE });
    } finally {
      closeSync(full);
    }
    const here = inThisProcess(project);
    expect((await here.restage(withCache(['fsck']))).code).toBe(0);
    expect((await here.restage(call)).code).toBe(0);
  });

  test('a complaint keeps its exit code and its sentence, with --json too', () => {
    for (const args of NONSENSE)
      expect(refused(args)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^restage: There is no verb "nonsense"[^\n]+\n$/) as string,
      });
  });

  test('an error of a run counts more than the events that could not be written', () => {
    expect(refused(WRONG)).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^restage: --only needs source [^\n]+\n$/) as string,
    });
  });
});

/**
 * Has the command lines end in one process before the tests of a group. @returns how one of them did
 */
function ends(
  calls: readonly (readonly string[])[],
  streams: Streams | (() => Streams & { readonly close: () => void }),
): (args: readonly string[]) => Ended {
  const ended = new Map<readonly string[], Ended>();
  beforeAll(async () => {
    const opened = typeof streams === 'function' ? streams() : { ...streams, close: () => undefined };
    try {
      const all = await inOneProcess(project, calls.map(withCache), opened);
      for (const [index, call] of calls.entries()) ended.set(call, all[index]!);
    } finally {
      opened.close();
    }
  });
  return (args) => ended.get(args)!;
}

function titleOf(args: readonly string[]): string {
  return `restage ${args.join(' ').replaceAll(PIPELINE, 'PIPELINE')}`;
}

function withCache(args: readonly string[]): readonly string[] {
  return args.includes('--help') || args[0] === 'nonsense' ? args : [...args, '--cache', project.cache];
}
