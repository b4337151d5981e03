import { describe, expect, test } from 'vitest';
import { mainHelp, verbHelp } from '../../src/cli/help.ts';
import { readWithCommander } from '../../src/cli/program.ts';
import { findVerb, VERBS } from '../../src/cli/verbs.ts';
import { UsageError } from '../../src/errors.ts';

function complaint(...argv: string[]): string {
  try {
    readWithCommander(argv, process.cwd());
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no complaint';
}

describe('a wrong command line is told in one sentence', () => {
  test.each([
    [['rnu', 'p'], 'There is no verb "rnu" (did you mean "run"?); restage --help lists them.'],
    [['repro', 'p'], 'There is no verb "repro" (did you mean "run"?); restage --help lists them.'],
    [['ls'], 'There is no verb "ls" (did you mean "log"?); restage --help lists them.'],
    [['xyzzy'], 'There is no verb "xyzzy"; restage --help lists them.'],
    [
      ['pipelines/higgs', '-j', '2'],
      '"pipelines/higgs" is no verb; to run it as a pipeline, write: restage run pipelines/higgs -j 2',
    ],
    [['index.ts'], '"index.ts" is no verb; to run it as a pipeline, write: restage run index.ts'],
    [['-v'], 'restage has no option -v (did you mean "-V", print the version?); restage --help lists them.'],
    [['--versoin'], 'restage has no option --versoin (did you mean "--version"?); restage --help lists them.'],
    [['--force', 'run', 'p'], 'Options come after the verb; write restage run ... --force'],
    [
      ['run', 'p', '-F'],
      'restage run has no option -F (did you mean "-f", run the targets even if their results are there?); restage run --help lists them.',
    ],
    [['run', 'p', '--points=5'], 'restage run has no option --points=5; a parameter is set with -S points=5.'],
    [['graph', 'p', '--format'], 'Option --format <NAME> of restage graph needs a value; it takes dot, mermaid, svg.'],
    [
      ['run', 'p', '--forse'],
      'restage run has no option --forse (did you mean "--force"?); restage run --help lists them.',
    ],
    [['run', 'p', '--force=yes'], 'Option --force of restage run takes no value; leave =yes away.'],
    [['run', 'p', '-x'], 'restage run has no option -x; restage run --help lists them.'],
    [['--verbos'], 'restage has no option --verbos; restage --help lists them.'],
    [['run', 'p', '-j'], 'Option -j, --jobs <N> of restage run needs a value.'],
    [['fsck', 'p'], 'restage fsck takes no arguments; restage fsck --help tells more.'],
    [['log', 'a', 'b'], 'restage log takes at most 1 argument; restage log --help tells more.'],
    [['show'], 'restage show needs <what>; write for example: restage show score'],
  ])('%j', (argv, sentence) => {
    expect(complaint(...argv)).toBe(sentence);
  });
});

describe('commander reads what the quick reader leaves', () => {
  test('flags in one word', () => {
    expect(readWithCommander(['run', 'p', '-nf'], process.cwd())).toEqual({
      verb: 'run',
      positionals: ['p'],
      options: { force: true, 'dry-run': true },
    });
  });

  test('arguments after --', () => {
    expect(readWithCommander(['run', 'p', '--', '-x'], process.cwd())).toMatchObject({ positionals: ['p', '-x'] });
  });

  test('help among other words', () => {
    expect(readWithCommander(['run', 'p', '--force', '--help'], process.cwd())).toEqual({
      help: verbHelp(findVerb('run')!),
    });
    expect(readWithCommander(['--help', 'fsck'], process.cwd())).toHaveProperty('help');
  });
});

describe('the help text', () => {
  test('lists every verb, and for a verb its arguments and options', () => {
    for (const verb of VERBS) {
      expect(mainHelp()).toContain(`  ${verb.name} `.trimEnd());
      const help = verbHelp(verb);
      for (const { long } of verb.options) expect(help).toContain(`--${long}`);
      for (const { name } of verb.positionals) expect(help).toContain(name);
    }
  });

  test('fits a terminal of 120 columns', () => {
    const lines = [mainHelp(), ...VERBS.map(verbHelp)].flatMap((text) => text.split('\n'));
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});
