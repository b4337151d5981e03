/**
 * The command line as a commander program: the word on whatever `quick-read.ts` would not read. Its complaints become
 * sentences like all others here. Only this file imports commander, and only a wrong or unusual command line loads it.
 */
import { Command, CommanderError, Option as CommanderOption } from 'commander';
import { didYouMean } from '../core/did-you-mean.ts';
import { UsageError } from '../errors.ts';
import { flags, mainHelp, verbHelp } from './help.ts';
import { findVerb, type Invocation, type Option, VERBS, type Verb } from './verbs.ts';

/** The help text that was asked for, or what was. @throws UsageError */
export function readWithCommander(argv: readonly string[]): Invocation | { readonly help: string } {
  let invocation: Invocation | undefined;
  let help = '';
  const program = new Command('restage')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined })
    // The sentences below have suggestions of their own.
    .showSuggestionAfterError(false);
  program.helpInformation = mainHelp;
  for (const verb of VERBS) addVerb(program, verb, (result) => (invocation = result));
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code !== 'commander.helpDisplayed') throw new UsageError(explain(error, argv), { cause: error });
  }
  return invocation ?? { help };
}

function addVerb(program: Command, verb: Verb, found: (result: Invocation) => void): void {
  const command = program.command(verb.name).copyInheritedSettings(program);
  command.helpInformation = () => verbHelp(verb);
  for (const { name, optional, many } of verb.positionals) {
    const word = many === true ? `${name}...` : name;
    command.argument(optional === true ? `[${word}]` : `<${word}>`);
  }
  for (const option of verb.options) {
    const declared = new CommanderOption(flags(option).trim());
    if (option.many === true)
      declared.argParser((value, before: readonly string[] | undefined) => [...(before ?? []), value]);
    command.addOption(declared);
  }
  command.action(() => {
    const values = command.opts<Record<string, true | string | string[]>>();
    const options = verb.options.flatMap((option) => {
      const value = values[new CommanderOption(flags(option).trim()).attributeName()];
      return value === undefined ? [] : [[option.long, value] as const];
    });
    found({ verb: verb.name, positionals: command.args, options: Object.fromEntries(options) });
  });
}

function explain(error: CommanderError, argv: readonly string[]): string {
  const verb = argv.map(findVerb).find((candidate) => candidate !== undefined);
  const culprit = /'([^]*)'/.exec(error.message)?.[1] ?? '';
  const call = verb === undefined ? 'restage' : `restage ${verb.name}`;
  switch (error.code) {
    case 'commander.unknownCommand':
      return `There is no verb "${culprit}"${didYouMean(
        culprit,
        VERBS.map(({ name }) => name),
      )}; restage --help lists them.`;
    case 'commander.unknownOption': {
      const [name = ''] = culprit.split('=', 1);
      if (name !== culprit && spellings(verb?.options ?? []).includes(name))
        return `Option ${name} of ${call} takes no value; leave ${culprit.slice(name.length)} away.`;
      return `${call} has no option ${culprit}${didYouMean(culprit, spellings(verb?.options ?? []))}; ${call} --help lists them.`;
    }
    case 'commander.optionMissingArgument':
      return `Option ${culprit} of ${call} needs a value.`;
    case 'commander.missingArgument':
      return `${call} needs <${culprit}>; write for example: ${verb?.examples[0] ?? 'restage --help'}`;
    case 'commander.excessArguments':
      return `${call} takes ${count(verb?.positionals.length ?? 0)}; ${call} --help tells more.`;
    default:
      return `${error.message.replace(/^error: /, '').replace(/\s+/g, ' ')}.`;
  }
}

function spellings(options: readonly Option[]): readonly string[] {
  return options.map(({ long }) => `--${long}`);
}

function count(most: number): string {
  return most === 0 ? 'no arguments' : `at most ${most} ${most === 1 ? 'argument' : 'arguments'}`;
}
