/** Output that nobody reads: verbs end at once and in order, without a word too many. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CLI, makeProject, type Project } from '../helpers/project.ts';

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

describe('output to a pipe that nobody reads', () => {
  test('is prepared for: there is a record to tell about', async () => {
    expect((await project.run()).code).toBe(0);
  });

  for (const args of CASES)
    test(`restage ${args.join(' ').replaceAll(PIPELINE, 'PIPELINE')}`, async () => {
      const call = withCache(project, args);
      const { code, signal, stderr } = await project.restage(call, { closed: ['stdout'] });
      expect({ signal, stderr }).toEqual({
        signal: null,
        stderr: expect.not.stringMatching(/EPIPE|internal error|\n\s+at /) as string,
      });
      // Nobody reads what a run does: it is interrupted, unless it was over by then.
      const codes = args[0] === 'run' ? [0, 130] : [0];
      expect(codes).toContain(code);
      if (args.includes('--json')) return;
      expect(codes).toContain((await project.restage(call, { closed: ['stdout', 'stderr'] })).code);
    });

  for (const args of [
    ['nonsense'],
    ['run', './nowhere'],
    ['show', 'nothing-of-the-kind'],
    ['run', PIPELINE, '-S', 'nonsense=1'],
  ])
    test(`restage ${args.join(' ').replaceAll(PIPELINE, 'PIPELINE')}: a complaint that nobody hears keeps its exit code`, async () => {
      const heard = await project.restage(withCache(project, args));
      expect(heard.code).toBe(2);
      expect((await project.restage(withCache(project, args), { closed: ['stderr'] })).code).toBe(2);
      expect((await project.restage(withCache(project, args), { closed: ['stdout', 'stderr'] })).code).toBe(2);
    });

  test('in a shell: the reader takes one line of many and goes', () => {
    for (const args of [
      ['plan', PIPELINE, '--full', '--json'],
      ['graph', PIPELINE, '--full'],
      ['log', '--json'],
      ['run', PIPELINE, '--json'],
    ]) {
      const words = [process.execPath, CLI, ...withCache(project, args)];
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

  function intoFull(args: readonly string[]) {
    const full = openSync('/dev/full', 'w');
    try {
      const { status, stderr } = spawnSync(process.execPath, [CLI, ...withCache(project, args)], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      return { code: status, stderr };
    } finally {
      closeSync(full);
    }
  }

  for (const args of [
    ['log'],
    ['log', '--json'],
    ['plan', PIPELINE],
    ['--help'],
    ['run', PIPELINE, '--force'],
    ['run', PIPELINE, '--json'],
    ['status', PIPELINE],
  ])
    test(`restage ${args.join(' ').replaceAll(PIPELINE, 'PIPELINE')}: the output is refused, and not the cache`, () => {
      expect(intoFull(args)).toEqual({ code: 5, stderr: SENTENCE });
    });

  test('a run keeps what it has finished, and the next one goes on', async () => {
    const call = ['run', PIPELINE, '-S', 'note=full'];
    expect(intoFull(call)).toEqual({ code: 5, stderr: SENTENCE });
    expect((await project.restage(withCache(project, ['fsck']))).code).toBe(0);
    expect((await project.restage(withCache(project, call))).code).toBe(0);
  });

  test('a complaint keeps its exit code and its sentence, with --json too', () => {
    for (const more of [[], ['--json']])
      expect(intoFull(['nonsense', ...more])).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^restage: There is no verb "nonsense"[^\n]+\n$/) as string,
      });
  });
});

function withCache({ cache }: Project, args: readonly string[]): readonly string[] {
  return args.includes('--help') || args[0] === 'nonsense' ? args : [...args, '--cache', cache];
}
