/**
 * The command line as a commander program: the word on whatever `quick-read.ts` would not read. Its complaints become
 * sentences like all others here. Only this file imports commander, and only a wrong or unusual command line loads it.
 */
import { resolve } from 'node:path';
import { Command, CommanderError, Option as CommanderOption } from 'commander';
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import { entryIn } from '../planning/request/find-pipelines.ts';
import { UsageError } from '../errors.ts';
import { shellWord } from '../ui/text/format.ts';
import { flags, mainHelp, verbHelp } from './help.ts';
import { findVerb, GLOBAL_OPTIONS, type Invocation, type Option, VERBS, type Verb } from './verbs.ts';

/** The help text that was asked for, or what was. @throws UsageError */
export function readWithCommander(argv: readonly string[], cwd: string): Invocation | { readonly help: string } {
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
    if (error.code !== 'commander.helpDisplayed') throw new UsageError(explain(error, argv, cwd), { cause: error });
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

function explain(error: CommanderError, argv: readonly string[], cwd: string): string {
  const verb = argv.map(findVerb).find((candidate) => candidate !== undefined);
  const culprit = /'([^]*)'/.exec(error.message)?.[1] ?? '';
  const call = verb === undefined ? 'restage' : `restage ${verb.name}`;
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownVerb(culprit, argv, cwd);
    case 'commander.unknownOption': {
      const [name = ''] = culprit.split('=', 1);
      if (name !== culprit && spellings(verb?.options ?? []).includes(name))
        return `Option ${name} of ${call} takes no value; leave ${culprit.slice(name.length)} away.`;
      if (verb !== undefined && argv[0] !== verb.name && spellings(verb.options).includes(name))
        return `Options come after the verb; write restage ${verb.name} ... ${culprit}`;
      const hint = didYouMean(name, spellings(verb?.options ?? GLOBAL_OPTIONS)) || sameLetter(culprit, verb);
      const [, path] = /^--?([A-Za-z][\w.-]*=.*)$/.exec(culprit) ?? [];
      const set = hint === '' && path !== undefined && spellings(verb?.options ?? []).includes('--set');
      return `${call} has no option ${culprit}${hint}; ${set ? `a parameter is set with -S ${path}` : `${call} --help lists them`}.`;
    }
    case 'commander.optionMissingArgument': {
      const option = verb?.options.find((each) => flags(each).trim() === culprit);
      const choices = option?.choices === undefined ? '' : `; it takes ${option.choices.join(', ')}`;
      return `Option ${culprit} of ${call} needs a value${choices}.`;
    }
    case 'commander.missingArgument':
      return `${call} needs <${culprit}>; write for example: ${verb?.examples[0] ?? 'restage --help'}`;
    case 'commander.excessArguments':
      return `${call} takes ${count(verb?.positionals.length ?? 0)}; ${call} --help tells more.`;
    default:
      return `${error.message.replace(/^error: /, '').replace(/\s+/g, ' ')}.`;
  }
}

/** A pipeline where a verb should be, a word from elsewhere, or a slip of the finger. */
function unknownVerb(word: string, argv: readonly string[], cwd: string): string {
  if (/[./]/.test(word) || entryIn(resolve(cwd, word)) !== undefined)
    return `"${word}" is no verb; to run it as a pipeline, write: restage run ${argv.map(shellWord).join(' ')}`;
  const elsewhere = VERBS.find(({ also }) => also?.includes(word) === true);
  const hint =
    elsewhere === undefined
      ? didYouMean(
          word,
          VERBS.map(({ name }) => name),
        )
      : ` (did you mean "${elsewhere.name}"?)`;
  return `There is no verb "${word}"${hint}; restage --help lists them.`;
}

/** `-v` for `-V`, `-F` for `-f`. */
function sameLetter(word: string, verb: Verb | undefined): string {
  const letter = /^-([A-Za-z])$/.exec(word)?.[1]?.toLowerCase();
  const option = [...(verb?.options ?? []), ...GLOBAL_OPTIONS].find(
    ({ short }) => letter !== undefined && short?.toLowerCase() === letter,
  );
  return option === undefined ? '' : ` (did you mean "-${option.short!}", ${option.help}?)`;
}

function spellings(options: readonly Option[]): readonly string[] {
  return options.map(({ long }) => `--${long}`);
}

function count(most: number): string {
  return most === 0 ? 'no arguments' : `at most ${most} ${most === 1 ? 'argument' : 'arguments'}`;
}
