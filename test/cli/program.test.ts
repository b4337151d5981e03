import { describe, expect, test } from 'vitest';
import { mainHelp, verbHelp } from '../../src/cli/arguments/help.ts';
import { readWithCommander } from '../../src/cli/program.ts';
import { VERBS } from '../../src/cli/verbs/registry.ts';
import { UsageError } from '../../src/errors.ts';
import { REPOSITORY } from '../helpers/command.ts';
import { VERB_LIST } from '../helpers/verbs.ts';

const read = (...argv: string[]) => readWithCommander(argv, REPOSITORY, VERBS);

async function complaint(...argv: string[]): Promise<string> {
  try {
    await read(...argv);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no complaint';
}

describe('a wrong command line is refused in one sentence', () => {
  test.each([
    [['rnu', 'p'], 'There is no verb "rnu" (did you mean "run"?); restage --help lists them.'],
    [['repro', 'p'], 'There is no verb "repro" (did you mean "run"?); restage --help lists them.'],
    [['ls'], 'There is no verb "ls" (did you mean "log"?); restage --help lists them.'],
    [['xyzzy'], 'There is no verb "xyzzy"; restage --help lists them.'],
    [
      ['pipelines/higgs', '-j', '2'],
      '"pipelines/higgs" is not a verb; to run it as a pipeline, write: restage run pipelines/higgs -j 2',
    ],
    [['index.ts'], '"index.ts" is not a verb; to run it as a pipeline, write: restage run index.ts'],
    [['-v'], 'restage has no option -v (did you mean "-V", print the version?); restage --help lists them.'],
    [['--versoin'], 'restage has no option --versoin (did you mean "--version"?); restage --help lists them.'],
    [['--force', 'run', 'p'], 'Options come after the verb; write restage run ... --force'],
    [
      ['run', 'p', '-F'],
      'restage run has no option -F (did you mean "-f", run the targets even if their states are in the cache?); restage run --help lists them.',
    ],
    [['run', 'p', '--points=5'], 'restage run has no option --points=5; a parameter is set with -S points=5.'],
    [['graph', 'p', '--format'], 'Option --format <NAME> of restage graph needs a value; it takes dot, mermaid, svg.'],
    [
      ['run', 'p', '--forse'],
      'restage run has no option --forse (did you mean "--force"?); restage run --help lists them.',
    ],
    [['run', 'p', '--force=yes'], 'Option --force of restage run takes no value; omit =yes.'],
    [['run', 'p', '-x'], 'restage run has no option -x; restage run --help lists them.'],
    [['--verbos'], 'restage has no option --verbos; restage --help lists them.'],
    [['run', 'p', '-j'], 'Option -j, --jobs <N> of restage run needs a value.'],
    [['fsck', 'p'], 'restage fsck takes no arguments; restage fsck --help explains them.'],
    [['log', 'a', 'b'], 'restage log takes at most 1 argument; restage log --help explains them.'],
    [['show'], 'restage show needs <what>; write for example: restage show score'],
  ])('%j', async (argv, sentence) => {
    expect(await complaint(...argv)).toBe(sentence);
  });
});

describe('commander reads what the quick reader leaves', () => {
  test('flags in one word', async () => {
    expect(await read('run', 'p', '-nf')).toEqual({
      verb: 'run',
      positionals: ['p'],
      options: { force: true, 'dry-run': true },
    });
  });

  test('arguments after --', async () => {
    expect(await read('run', 'p', '--', '-x')).toMatchObject({ positionals: ['p', '-x'] });
  });

  test('help among other words', async () => {
    expect(await read('run', 'p', '--force', '--help')).toEqual({
      help: verbHelp(VERB_LIST.find(({ name }) => name === 'run')!),
    });
    expect(await read('--help', 'fsck')).toHaveProperty('help');
  });
});

describe('the help text', () => {
  test('lists every verb, and for a verb its arguments and options', () => {
    for (const verb of VERB_LIST) {
      expect(mainHelp(VERB_LIST)).toContain(`  ${verb.name} `.trimEnd());
      const help = verbHelp(verb);
      for (const { long } of verb.options) expect(help).toContain(`--${long}`);
      for (const { name } of verb.positionals) expect(help).toContain(name);
    }
  });

  test('fits a terminal of 120 columns', () => {
    const lines = [mainHelp(VERB_LIST), ...VERB_LIST.map(verbHelp)].flatMap((text) => text.split('\n'));
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});
