import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWithCommander } from '../../src/cli/program.ts';
import { quickRead } from '../../src/cli/arguments/quick-read.ts';
import type { Invocation, Option, Verb } from '../../src/cli/arguments/verb.ts';
import { VERBS } from '../../src/cli/verbs/registry.ts';
import { REPOSITORY } from '../helpers/command.ts';
import { VERB_LIST } from '../helpers/verbs.ts';

function read([name = '', ...words]: readonly string[]): Invocation | undefined {
  const verb = VERB_LIST.find((each) => each.name === name);
  return verb === undefined ? undefined : quickRead(verb, words);
}

describe('the quick reader', () => {
  test('reads what a run is usually started with', () => {
    expect(read(['run', 'pipelines/higgs', 'score', '-S', 'a=1', '-Sb=2', '--set=c=3', '-j4', '-n'])).toEqual({
      verb: 'run',
      positionals: ['pipelines/higgs', 'score'],
      options: { set: ['a=1', 'b=2', 'c=3'], jobs: '4', 'dry-run': true },
    });
  });

  test('takes whatever follows an option as its value, even if it looks like another option', () => {
    expect(read(['run', 'p', '--set', '-n'])).toMatchObject({ options: { set: ['-n'] } });
  });

  test.each([
    [['rnu', 'p']],
    [['show']],
    [['run', 'p', '--unknown']],
    [['run', 'p', '--jobs']],
    [['run', 'p', '--force=yes']],
    [['run', 'p', '-nf']],
    [['run', 'p', '--', '-x']],
    [['run', 'p', '--help']],
    [['fsck', 'p']],
    [[]],
  ])('leaves %j to commander', (argv) => {
    expect(read(argv)).toBeUndefined();
  });

  test('says exactly what commander says, whenever it says anything', async () => {
    await fc.assert(
      fc.asyncProperty(commandLine(), async (argv) => {
        const quick = read(argv);
        if (quick !== undefined) expect(await readWithCommander(argv, REPOSITORY, VERBS)).toEqual(quick);
      }),
      { numRuns: 1500 },
    );
  });

  test('reads every line that has a verb, its arguments and its options in the long form', async () => {
    await fc.assert(
      fc.asyncProperty(plainLine(), async (argv) => {
        expect(read(argv)).toEqual(await readWithCommander(argv, REPOSITORY, VERBS));
      }),
      { numRuns: 300 },
    );
  });
});

/** Words that mean something to this verb, mixed with ones that do not. */
function commandLine(): fc.Arbitrary<string[]> {
  return fc.constantFrom(...VERB_LIST).chain((verb) => {
    const spelled = verb.options.flatMap(({ long, short }) => [
      `--${long}`,
      `--${long}=v`,
      ...(short === undefined ? [] : [`-${short}`, `-${short}v`, `-${short}n`]),
    ]);
    const word = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...spelled) },
      { weight: 4, arbitrary: fc.constantFrom('p', 'a=1', '3', 'x y', 'é') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('-', '--', '--no', '-1', '', '--=', '-=', '--set=', 'a=b=c', '-S=1', 'run'),
      },
    );
    return fc.array(word, { maxLength: 6 }).map((words) => [verb.name, ...words]);
  });
}

function plainLine(): fc.Arbitrary<string[]> {
  return fc.constantFrom(...VERB_LIST).chain((verb) =>
    fc
      .tuple(
        fc.shuffledSubarray([...verb.options]).map((options) => options.flatMap(spellOut)),
        fc.constant(verb.positionals.flatMap(positionalsOf(verb))),
      )
      .map(([options, positionals]) => [verb.name, ...positionals, ...options]),
  );
}

function positionalsOf(verb: Verb): (positional: Verb['positionals'][number]) => readonly string[] {
  return ({ many }) => (many === true ? ['t1', 't2'] : [`${verb.name}-word`]);
}

function spellOut({ long, value, many }: Option): readonly string[] {
  if (value === undefined) return [`--${long}`];
  return many === true ? [`--${long}`, 'a=1', `--${long}=b=2`] : [`--${long}`, 'v'];
}
