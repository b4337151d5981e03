/**
 * `restage sql`: questions of one's own to the record. A query runs in this process without a listener for Ctrl-C, so
 * the system ends it at once, however deep in SQLite it is; it only reads, and leaves nothing behind.
 */
import { EXIT, UsageError } from '../../errors.ts';
import { flag, wholeNumber } from '../arguments/options.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { withCache } from '../lookup/open-cache.ts';

/** A text for people is one table, which waits for its last row. */
const SHOWN_ROWS = 100;

export const verb: Verb = {
  name: 'sql',
  summary: 'the answer to an SQL query over the views runs, nodes, states, params, metrics, artifacts and lineage',
  positionals: [
    {
      name: 'query',
      help: 'one SELECT in quotes, or - for standard input; default: lists the views with their columns',
      optional: true,
    },
  ],
  options: [
    { long: 'csv', help: 'every row, as CSV' },
    {
      long: 'limit',
      value: 'N',
      least: 1,
      help: `at most N rows; default: ${SHOWN_ROWS}, and all with --csv or --json`,
    },
    ...COMMON,
  ],
  exclusive: [['csv', 'json']],
  examples: [
    'restage sql "SELECT stage, count(*), sum(seconds) FROM states GROUP BY stage"',
    'restage sql "SELECT run, value FROM metrics WHERE metric = \'loss\'" --csv',
    'restage sql - --json < question.sql',
  ],
  also: ['query', 'select', 'db'],
  async run(call) {
    const [query] = call.positionals;
    if (query === undefined) await tellViews(call);
    else await tellAnswer(call, query === '-' ? call.io.readIn() : query);
    return EXIT.ok;
  },
};

async function tellViews(call: Call): Promise<void> {
  const given = ['csv', 'limit'].find((name) => call.options[name] !== undefined);
  if (given !== undefined)
    throw new UsageError(`--${given} is for the rows of a query; write the query behind restage sql, in quotes.`);
  const { VIEWS } = await import('../../store/query/views.ts');
  if (flag(call, 'json')) {
    const { writeJson } = await import('../output/json.ts');
    const views = VIEWS.map(({ columns, ...view }) => ({
      ...view,
      columns: columns.map(([name, type, meaning]) => ({ name, type, meaning })),
    }));
    writeJson(call, { kind: 'views', views });
    return;
  }
  const { viewLines } = await import('../show/cache/views.ts');
  const { screenOf } = await import('../output/screen.ts');
  const { writeLines } = await import('../output/lines.ts');
  writeLines(call.io, viewLines(VIEWS, screenOf(call.io)));
}

async function tellAnswer(call: Call, query: string): Promise<void> {
  const { writeAnswerCsv, writeAnswerJson, writeAnswerTable } = await import('../output/answer.ts');
  await withCache(call, (cache) => {
    const answer = cache.ask(query);
    const limit = wholeNumber(call, 'limit');
    if (flag(call, 'json')) writeAnswerJson(call.io, answer, limit);
    else if (flag(call, 'csv')) writeAnswerCsv(call.io, answer, limit);
    else writeAnswerTable(call.io, answer, limit ?? SHOWN_ROWS);
  });
}
