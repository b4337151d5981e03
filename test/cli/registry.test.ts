import { describe, expect, test } from 'vitest';
import type { Verbs } from '../../src/cli/arguments/verb.ts';
import { VERBS } from '../../src/cli/verbs/registry.ts';
import { restage, sentence } from '../helpers/command.ts';

/** A verb of its own: what it writes shows that it was called with what the command line said. */
const verbs: Verbs = {
  ...VERBS,
  greet: () =>
    Promise.resolve({
      verb: {
        name: 'greet',
        summary: 'greet somebody',
        positionals: [{ name: 'whom', help: 'a name', complete: [{ words: ['Ada', 'Emmy'] }] }],
        options: [
          { long: 'times', value: 'N', least: 1, help: 'how often' },
          { long: 'tone', value: 'TONE', choices: ['warm', 'cool'], help: 'how' },
          { long: 'loud', help: 'in capitals' },
          { long: 'soft', help: 'in small letters' },
        ],
        exclusive: [['loud', 'soft']],
        examples: ['restage greet Ada'],
        also: ['hello'],
        run({ io, positionals, options }) {
          io.writeOut(`${positionals.join(' ')} ${JSON.stringify(options)}\n`);
          return Promise.resolve(7);
        },
      },
    }),
};

const ask = (...args: string[]) => restage(args, { verbs });

describe('one more verb, named in the registry,', () => {
  test('is in the help text, and has one of its own', async () => {
    expect((await ask('--help')).stdout).toMatch(/^ {2}greet <whom> +greet somebody$/m);
    const { stdout } = await ask('greet', '--help');
    for (const part of ['restage greet <whom> [options]', '--times <N>', 'restage greet Ada'])
      expect(stdout).toContain(part);
  });

  test('is called with its arguments and options, and gives the exit code', async () => {
    expect(await ask('greet', 'Ada', '--times', '2')).toEqual({ code: 7, stdout: 'Ada {"times":"2"}\n', stderr: '' });
    // By commander, which reads what the quick reader does not.
    expect((await ask('greet', '--tone', 'warm', '--', 'Ada')).stdout).toBe('Ada {"tone":"warm"}\n');
  });

  test.each<[string[], ...string[]]>([
    [['greet'], '<whom>'],
    [['greet', 'Ada', '--times', '0'], '--times', 'at least 1'],
    [['greet', 'Ada', '--tone', 'worm'], 'warm or cool', 'did you mean "warm"?'],
    [['greet', 'Ada', '--loud', '--soft'], '--loud and --soft'],
    [['hello', 'Ada'], 'did you mean "greet"?'],
    [['greeet', 'Ada'], 'did you mean "greet"?'],
  ])('has its checks: %j', async (args, ...named) => {
    const outcome = await ask(...args);
    expect([outcome.code, outcome.stdout]).toEqual([2, '']);
    for (const words of named) expect(sentence(outcome)).toContain(words);
  });

  test('is completed: its name, its options, its arguments', async () => {
    const offered = async (...words: string[]) => (await ask('__complete', ...words)).stdout.trimEnd().split('\n');
    expect(await offered('gr')).toEqual([
      'graph\tdraw a pipeline as it is now, or a run as it was',
      'greet\tgreet somebody',
    ]);
    expect(await offered('greet', '--t')).toEqual(['--times\thow often', '--tone\thow']);
    expect(await offered('greet', '--tone', '')).toEqual(['warm', 'cool']);
    expect(await offered('greet', '--tone=c')).toEqual(['--tone=cool']);
    expect(await offered('greet', 'E')).toEqual(['Emmy']);
  });
});
