/** The help text, drawn from the descriptions of the verbs. */
import type { Option, Verb } from './verb.ts';

/** Options that may take the place of a verb. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { long: 'version', short: 'V', help: 'print the version' },
  { long: 'help', short: 'h', help: 'print this, or the help of a verb' },
];

const INDENT = '  ';
const WIDTH = 110;

/**
 * For somebody who types `restage` and nothing else. @param pipeline one that is nearby, `.` for the working directory
 */
export function shortHelp(pipeline: string | undefined): string {
  const examples: readonly (readonly [string, string])[] = [
    pipeline === undefined
      ? ['restage init my-project', 'make a small project of your own']
      : [`restage run${pipeline === '.' ? '' : ` ${pipeline}`}`, 'run a pipeline: only what is not up to date'],
    pipeline === undefined
      ? ['restage run my-project', 'run its pipeline: only what is not up to date']
      : [`restage plan ${pipeline} -S path=value`, 'show what a changed parameter would run again, and why'],
    ['restage log', 'list the runs so far'],
  ];
  return [
    'restage runs experiments of many stages. Only what changed runs again, and every number knows how it was made.',
    '',
    ...section('For example', examples),
    'restage --help lists all verbs; restage run --help explains one.',
    '',
  ].join('\n');
}

export function mainHelp(verbs: readonly Verb[]): string {
  return [
    'restage: pipelines of content-hashed stages, and an answer to "how was this number made?"',
    '',
    'Usage: restage <verb> [arguments] [options]',
    '',
    ...section(
      'Verbs',
      verbs.map((verb) => [`${verb.name} ${positionals(verb)}`.trim(), verb.summary]),
    ),
    ...section('Options', GLOBAL_OPTIONS.map(describe)),
    'Exit codes: 0 ok, 1 a stage failed, 2 wrong usage or definition, 3 stale (status --check), 4 not the same',
    '(verify, replay, pull, diff --exit-code), 5 cache unusable, 130 interrupted.',
    '',
  ].join('\n');
}

export function verbHelp(verb: Verb): string {
  return [
    `restage ${verb.name}: ${verb.summary}`,
    '',
    `Usage: ${usage(verb)}`,
    '',
    ...section(
      'Arguments',
      verb.positionals.map(({ name, help }) => [name, help]),
    ),
    ...section('Options', [...verb.options, ...GLOBAL_OPTIONS.filter(({ long }) => long === 'help')].map(describe)),
    'For example',
    ...verb.examples.map((example) => INDENT + example),
    '',
  ].join('\n');
}

/** `restage run <pipeline> [targets...] [options]` */
export function usage(verb: Verb): string {
  return ['restage', verb.name, positionals(verb), '[options]'].filter((word) => word !== '').join(' ');
}

/** `-S, --set <path=value>` */
export function flags({ short, long, value }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${long}${value === undefined ? '' : ` <${value}>`}`;
}

function describe(option: Option): readonly [string, string] {
  return [flags(option), option.many === true ? `${option.help} (may be repeated)` : option.help];
}

function positionals(verb: Verb): string {
  return verb.positionals
    .map(({ name, optional, many }) => {
      const word = many === true ? `${name}...` : name;
      return optional === true ? `[${word}]` : `<${word}>`;
    })
    .join(' ');
}

function section(title: string, rows: readonly (readonly [string, string])[]): readonly string[] {
  if (rows.length === 0) return [];
  const left = Math.max(...rows.map(([term]) => term.length)) + 2;
  const lines = rows.flatMap(([term, text]) =>
    wrap(text, WIDTH - INDENT.length - left).map(
      (line, index) => INDENT + (index === 0 ? term : '').padEnd(left) + line,
    ),
  );
  return [title, ...lines, ''];
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
