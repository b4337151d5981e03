/** The page of one node, with everything about it, and the page of its log. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { short } from '../../core/identity/digest.ts';
import { cut, fit, plainLine } from '../text/cells.ts';
import { nodeSecondsLeft, usualSeconds } from '../model/estimate.ts';
import { placeWords } from '../model/elsewhere-words.ts';
import { stackFrames } from '../model/failure-place.ts';
import { clock, shortNumber } from '../text/format.ts';
import { memberWords } from '../text/value-words.ts';
import type { AttemptView, NodeView } from '../model/node-view.ts';
import type { RunModel } from '../model/run-model.ts';
import { sparkline } from '../text/sparkline.ts';
import { bar, BLANK, cutLine, type Line, span, spread } from '../text/view-line.ts';
import { wrapWords } from '../text/wrap.ts';
import { outcomeOf, outcomeTone } from './node-outcome.ts';

const LABEL = 10;
const MOST_PARAM_LINES = 6;
const MOST_METRIC_LINES = 8;
const MOST_MESSAGE_LINES = 4;
const VALUE = 9;
const STEP = 10;
const MOST_SPARK = 40;

/** At most `rows` lines; the log gets the lines that the rest leaves. Paths are relative to `directory`. */
export function nodePage(
  model: RunModel,
  id: string,
  rows: number,
  width: number,
  now: number,
  directory: string,
): readonly Line[] {
  const view = model.node(id);
  if (view === undefined) return [[span(`${id} has not reported anything yet.`, 'faint')]];
  const { attempt } = view;
  const lines = [
    headLine(model, view, width, now),
    BLANK,
    ...fact('stage', view.stage),
    ...fact('because', view.reason),
    ...fact('elsewhere', elsewhereFact(model, view, now)),
    ...fact('state', view.state === null ? '' : short(view.state)),
    ...failureLines(view, width, directory),
    ...(attempt === null ? [] : attemptLines(attempt, width)),
  ].map((line) => cutLine(line, width));
  if (attempt === null || attempt.log.length === 0 || lines.length + 3 > rows) return lines.slice(0, rows);
  const room = rows - lines.length - 2;
  const log = attempt.log.slice(-room).map((text) => cutLine([span('  '), span(plainLine(text))], width));
  return [...lines, BLANK, [span('log', 'faint')], ...log];
}

/** `scroll` counts lines back from the latest. */
export function logPage(model: RunModel, id: string, scroll: number, rows: number, width: number): readonly Line[] {
  const attempt = model.node(id)?.attempt ?? null;
  const lines = attempt?.log ?? [];
  const end = Math.max(Math.min(rows - 2, lines.length), lines.length - scroll);
  const shown = lines.slice(Math.max(0, end - rows + 2), end);
  const before = attempt?.forgottenLines ?? 0;
  const from = before + end - shown.length + 1;
  const where = lines.length === 0 ? 'nothing yet' : `lines ${from}-${before + end} of ${before + lines.length}`;
  const head = spread([span('log of ', 'faint'), span(id, 'strong')], [span(where, 'faint')], width, LABEL);
  return [head, BLANK, ...shown.map((text) => [span(cut(plainLine(text), width))])].slice(0, rows);
}

function headLine(model: RunModel, view: NodeView, width: number, now: number): Line {
  const { attempt } = view;
  const name = span(view.node, 'strong');
  if (view.phase !== 'running' || attempt === null)
    // The message of a failure has lines of its own.
    return spread(
      [name],
      [span(view.phase === 'failed' ? 'failed' : outcomeOf(view, now), outcomeTone(view))],
      width,
      LABEL,
    );
  const left = nodeSecondsLeft(view, usualSeconds(model.stages.get(view.stage)!), now);
  const time = `${clock((now - attempt.startedAt) / 1000)}${left === null ? '' : `, ~${clock(left)} left`}`;
  return spread([name], [span('running ', 'live'), span(time)], width, LABEL);
}

function elsewhereFact({ elsewhere }: RunModel, { node }: NodeView, now: number): string {
  const seen = elsewhere.of(node);
  return seen === undefined ? '' : `${seen.state} for ${clock((now - seen.since) / 1000)}, ${placeWords(seen)}`;
}

function attemptLines(attempt: AttemptView, width: number): readonly Line[] {
  const { backend, worker, progress } = attempt;
  const where = `${worker}${backend === null ? '' : `, backend ${backend}`}, attempt ${attempt.attempt}`;
  return [
    ...fact('where', where),
    ...paramLines(attempt.params, width),
    ...(progress === null
      ? []
      : [
          [
            label('progress'),
            ...bar(progress.total > 0 ? progress.done / progress.total : 0, 24, 'live'),
            span(
              `  ${progress.done}/${progress.total}${progress.note === null ? '' : `  ${plainLine(progress.note)}`}`,
            ),
          ],
        ]),
    ...metricLines(attempt, width),
  ];
}

function label(text: string) {
  return span(fit(text, LABEL), 'faint');
}

function fact(name: string, text: string): readonly Line[] {
  return text === '' ? [] : [[label(name), span(plainLine(text))]];
}

function failureLines({ failure }: NodeView, width: number, directory: string): readonly Line[] {
  if (failure === null) return [];
  const where = [
    failure.class,
    ...(failure.exitCode === null ? [] : [`exit code ${failure.exitCode}`]),
    ...(failure.signal === null ? [] : [failure.signal]),
  ];
  const message = wrapWords(plainLine(failure.message).split(' '), width - LABEL).slice(0, MOST_MESSAGE_LINES);
  const frames = stackFrames(failure, directory);
  return [
    [label('failure'), span(where.join(', '), 'bad')],
    ...message.map((text) => [label(''), span(text, 'bad')]),
    ...frames.slice(0, 3).map((text, k) => [label(''), span(plainLine(text), k === 0 ? 'plain' : 'faint')]),
  ];
}

function paramLines(params: CanonicalValue, width: number): readonly Line[] {
  const words = memberWords(params).flatMap(([path, word]) => (path === '' ? [] : [`${path} ${word}`]));
  const lines = wrapWords(words, width - LABEL, ' · ');
  const shown = lines.length > MOST_PARAM_LINES ? [...lines.slice(0, MOST_PARAM_LINES - 1), '…'] : lines;
  return shown.map((text, index) => [label(index === 0 ? 'params' : ''), span(text)]);
}

function metricLines({ metrics }: AttemptView, lineWidth: number): readonly Line[] {
  const shown = [...metrics].slice(0, MOST_METRIC_LINES);
  const width = Math.min(24, Math.max(...shown.map(([name]) => name.length)));
  const spark = Math.min(MOST_SPARK, lineWidth - LABEL - width - 2 - VALUE - STEP);
  return shown.map(([name, { value, step, series }], index) => [
    label(index === 0 ? 'metrics' : ''),
    span(`${fit(plainLine(name), width)}  `),
    span(fit(shortNumber(value), VALUE, 'right'), 'strong'),
    span(fit(step === null ? '' : ` at ${step}`, STEP), 'faint'),
    span(series.seen > 1 ? sparkline(series.values, spark) : '', 'live'),
  ]);
}
