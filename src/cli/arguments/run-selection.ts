/** Options that say which runs are meant: of the verbs that look at several. */
import { list, text, wholeNumber } from './options.ts';
import type { Invocation, Option } from './verb.ts';

export const RUN_FILTERS: readonly Option[] = [
  {
    long: 'pipeline',
    value: 'PATH',
    help: 'runs of this pipeline: its name, file or folder',
    complete: ['pipelines'],
  },
  {
    long: 'tag',
    value: 'EXPR',
    help: "runs with this tag; * and ? stand for any characters: 'lr-* & !draft', '(a | b) & c'",
    complete: ['tags'],
  },
  {
    long: 'since',
    value: 'TIME',
    help: 'runs since a date (2026-11-28, 2026-11-28T14:30) or a time before now (2d, 3h)',
  },
  { long: 'until', value: 'TIME', help: 'runs until a time, given as for --since' },
  {
    long: 'outcome',
    value: 'OUTCOME',
    many: true,
    help: 'runs that are ok, failed, interrupted, detached, running or died',
    complete: [{ words: ['ok', 'failed', 'interrupted', 'detached', 'running', 'died'] }],
  },
  {
    long: 'where',
    value: 'CONDITION',
    many: true,
    help: "runs whose parameters, results and metrics meet this condition: 'train.rate<0.01 && seed=1'",
  },
];

export const LAST: Option = { long: 'last', value: 'N', least: 1, help: 'the latest N of them' };

export const COLUMNS: Option = {
  long: 'columns',
  value: 'NAMES',
  many: true,
  help: 'parameters, results and metrics to show, with commas between them: ams,train.rate',
};

export const CSV: Option = { long: 'csv', help: 'as CSV' };

export interface RunOptions {
  readonly tag: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly outcome: readonly string[];
  readonly where: readonly string[];
  readonly last: number | undefined;
}

export function runOptions(call: Invocation): RunOptions {
  return {
    tag: text(call, 'tag'),
    since: text(call, 'since'),
    until: text(call, 'until'),
    outcome: list(call, 'outcome'),
    where: list(call, 'where'),
    last: wholeNumber(call, 'last'),
  };
}

/** The names in `--columns a,b --columns c`; a comma within quotes is part of a name. */
export function columnNames(call: Invocation): readonly string[] {
  return list(call, 'columns').flatMap((each) =>
    (each.match(/(?:"[^"]*"|[^,"])+/g) ?? []).map((name) => name.trim()).filter((name) => name !== ''),
  );
}
