/**
 * The command line as a commander program, which decides whatever `quick-read.ts` does not read. Commander's complaints
 * become sentences like all others. Only this file imports commander, and only a wrong or unusual command line loads
 * it.
 */
import { resolve } from 'node:path';
import { Command, CommanderError, Option as CommanderOption } from 'commander';
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import { entryIn } from '../planning/request/find-pipelines.ts';
import { UsageError } from '../errors.ts';
import { shellWord } from '../ui/text/format.ts';
import { flags, GLOBAL_OPTIONS, mainHelp, verbHelp } from './arguments/help.ts';
import { allVerbs, type Invocation, type Option, type Verb, type Verbs } from './arguments/verb.ts';

/** The help text that was asked for, or what was. @throws UsageError */
export async function readWithCommander(
  argv: readonly string[],
  cwd: string,
  verbs: Verbs,
): Promise<Invocation | { readonly help: string }> {
  const known = await allVerbs(verbs);
  let invocation: Invocation | undefined;
  let help = '';
  const program = new Command('restage')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined })
    // The sentences below have suggestions of their own.
    .showSuggestionAfterError(false);
  program.helpInformation = () => mainHelp(known);
  for (const verb of known) addVerb(program, verb, (result) => (invocation = result));
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code !== 'commander.helpDisplayed')
      throw new UsageError(explain(error, { argv, cwd, known }), { cause: error });
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
    const declared = declaration(option);
    if (option.many === true)
      declared.argParser((value, before: readonly string[] | undefined) => [...(before ?? []), value]);
    command.addOption(declared);
  }
  command.action(() => {
    const values = command.opts<Record<string, true | string | string[]>>();
    const options = verb.options.flatMap((option) => {
      const value = values[declaration(option).attributeName()];
      return value === undefined ? [] : [[option.long, value] as const];
    });
    found({ verb: verb.name, positionals: command.args, options: Object.fromEntries(options) });
  });
}

function declaration(option: Option): CommanderOption {
  const declared = new CommanderOption(flags(option).trim());
  // To commander, --no-data would be the opposite of an option --data.
  declared.negate = false;
  return declared;
}

interface Line {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly known: readonly Verb[];
}

function explain(error: CommanderError, line: Line): string {
  const { argv, known } = line;
  const verb = argv.map((word) => known.find(({ name }) => name === word)).find((each) => each !== undefined);
  const culprit = /'([^]*)'/.exec(error.message)?.[1] ?? '';
  const call = verb === undefined ? 'restage' : `restage ${verb.name}`;
  switch (error.code) {
    case 'commander.unknownCommand':
      return unknownVerb(culprit, line);
    case 'commander.unknownOption': {
      const [name = ''] = culprit.split('=', 1);
      if (name !== culprit && spellings(verb?.options ?? []).includes(name))
        return `Option ${name} of ${call} takes no value; omit ${culprit.slice(name.length)}.`;
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
      return `${call} takes ${count(verb?.positionals.length ?? 0)}; ${call} --help explains them.`;
    default:
      return `${error.message.replace(/^error: /, '').replace(/\s+/g, ' ')}.`;
  }
}

/** A pipeline in the place of a verb, another tool's name for a verb, or a typing error. */
function unknownVerb(word: string, { argv, cwd, known }: Line): string {
  if (/[./]/.test(word) || entryIn(resolve(cwd, word)) !== undefined)
    return `"${word}" is not a verb; to run it as a pipeline, write: restage run ${argv.map(shellWord).join(' ')}`;
  const elsewhere = known.find(({ also }) => also?.includes(word) === true);
  const hint =
    elsewhere === undefined
      ? didYouMean(
          word,
          known.map(({ name }) => name),
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
