/** What `restage why` prints: two runs, a node, or what would run now. */
import type { Forecast } from '../../../audit/why/forecast.ts';
import type { IfEdited } from '../../../audit/why/if-edited.ts';
import type { WhyNode } from '../../../audit/why/why-node.ts';
import type { WhyNow } from '../../../audit/why/why-now.ts';
import type { WhyRuns } from '../../../audit/why/why-runs.ts';
import { short } from '../../../core/identity/digest.ts';
import type { RunRecord } from '../../../store/query/runs.ts';
import type { VisitRecord } from '../../../store/query/visits.ts';
import { formatBytes, formatSeconds, formatTime, plural } from '../../../ui/text/format.ts';
import { nodeWord, visitWord } from '../../output/run-words.ts';
import type { Screen } from '../../output/screen.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import { acceptedSentences } from '../equivalence/accepted-sentences.ts';
import { nodeNames, wrapped } from '../words/names.ts';
import { paragraphWidth } from '../words/prose.ts';
import { section } from '../words/section.ts';
import { causeLines, comparisonLines } from './why-causes.ts';

export function whyRunsLines(why: WhyRuns, screen: Screen, verbose: boolean): readonly string[] {
  const { before, after, causes, same, expected, unmade, renamed } = why;
  const differing = new Set(causes.flatMap(({ nodes, followers }) => [...nodes, ...followers])).size;
  const what =
    causes.length + unmade.length === 0
      ? `no state differs; ${plural(same, 'node')} the same`
      : `${plural(causes.length, 'cause')}, ${plural(differing, 'node differs', 'nodes differ')}, ${same} the same`;
  const hidden = expected.length > 0 && !verbose && causes.length + unmade.length + renamed.length === 0;
  return [
    `${runWords(after)} against ${runWords(before)} of ${after.pipeline}: ${what}`,
    ...comparisonLines(why, screen, verbose),
    ...acceptedSentences(why.accepted).flatMap((sentence) => wrapText(sentence, paragraphWidth(screen), 0)),
    ...(verbose
      ? [
          '',
          ...section(
            'differs, and enters no key',
            expected.map((each) => [each.what, `${each.before || '(none)'} -> ${each.after || '(none)'}`]),
            screen,
          ),
        ]
      : hidden
        ? [`--verbose shows what else differs and enters no key: ${expected.map(({ what: name }) => name).join(', ')}`]
        : []),
  ];
}

function runWords({ id, outcome }: RunRecord): string {
  return `run ${id}${outcome === 'ok' ? '' : ` (${outcome})`}`;
}

export function whyNowLines(why: WhyNow, screen: Screen, verbose: boolean): readonly string[] {
  const { before, given, run, pending, same, causes } = why;
  const as = given.length === 0 ? `as in run ${before.id}` : `as in run ${before.id}, with ${given.join(' and ')}`;
  const nothing = causes.length === 0 ? 'nothing differs' : 'nothing would run';
  const what =
    run + pending === 0
      ? `${nothing}; all states are there`
      : `${run} would run${pending === 0 ? '' : `, ${pending} depend on that and run if their inputs change`}, ${same} the same`;
  return [
    `${before.pipeline} ${as}: ${what}`,
    ...comparisonLines(why, screen, verbose),
    ...forecastLines(why.forecast, screen),
  ];
}

export function ifEditedLines(why: IfEdited, screen: Screen): readonly string[] {
  const { file, isPipeline, stages, followers, before } = why;
  const { style, width } = screen;
  if (stages.length === 0)
    return [
      isPipeline
        ? `${file} defines the pipeline: an edit of it runs what it changes, and nothing else; "restage plan" tells.`
        : `${file} is in the code of no stage of ${before.pipeline}: an edit of it runs nothing.`,
    ];
  return [
    `an edit of ${file} can run ${plural(stages.length, 'stage')} of ${before.pipeline}; what they do not use of it runs nothing`,
    ...stages.flatMap(({ stage, files, nodes }) => [
      '',
      style.bold(stage),
      ...(files === null || files.length < 2 ? [] : [`    by ${files.join(' > ')}`]),
      ...wrapped('    in ', nodeNames(nodes), width),
    ]),
    ...(followers.length === 0 ? [] : ['', ...wrapped('invalidated with it: ', nodeNames(followers), width)]),
    ...forecastLines(why.forecast, screen),
  ];
}

function forecastLines({ stages, seconds, chainSeconds, unknown }: Forecast, screen: Screen): readonly string[] {
  if (stages.length === 0) return [];
  const known = stages.some((stage) => stage.seconds !== null);
  const rows = stages.map((each) => [
    each.stage,
    plural(each.nodes, 'node'),
    each.seconds === null ? 'never ran' : formatSeconds(each.seconds),
    each.peakBytes === null ? '' : `up to ${formatBytes(each.peakBytes)}`,
  ]);
  return [
    '',
    ...section('forecast', rows, screen),
    ...(known
      ? [
          `  about ${formatSeconds(seconds)} of work, ${formatSeconds(chainSeconds)} at least${unknown === 0 ? '' : `, not counting ${plural(unknown, 'node')} of stages that never ran`}`,
        ]
      : []),
  ];
}

/** @param suggestion a command line for the same cache */
export function whyNodeLines(
  why: WhyNode,
  suggestion: (...words: readonly string[]) => string,
  screen: Screen,
  verbose: boolean,
): readonly string[] {
  const { node, causes, state, reason, accepted } = why;
  const { style, width } = screen;
  const clause = reason === null ? '' : ` (${reason})`;
  const by =
    state === null
      ? ''
      : `; its state ${short(state.key)} was made by run ${state.madeBy} at ${formatTime(state.at)} in ${formatSeconds(state.seconds)}`;
  return [
    `${style.bold(node)} ${outcomeWords(why)}${clause}${by}`,
    ...acceptedSentences(accepted === null ? [] : [accepted]).flatMap((each) =>
      wrapText(each, paragraphWidth(screen), 0),
    ),
    ...sinceLines(why, suggestion).flatMap((each) => wrapText(each, paragraphWidth(screen), 0)),
    ...causes.flatMap(({ reaches, ...cause }) => [
      '',
      ...causeLines({ ...cause, followers: [], ended: [] }, screen, verbose),
      ...(reaches.length < 2 ? [] : wrapped(`    reaches ${node} by `, [reaches.join(' > ')], width)),
    ]),
  ];
}

/** `failed`, `was skipped` or `was interrupted` */
function unmadeWords({ outcome, reason }: Pick<VisitRecord, 'outcome' | 'reason'>): string {
  const word = nodeWord({ outcome, reason });
  return outcome === 'skipped' ? `was ${word}` : word;
}

function outcomeWords({ outcome, run, reason }: WhyNode): string {
  switch (outcome) {
    case 'run':
      return 'would run now';
    case 'pending':
      return 'depends on nodes that would run, and runs if its inputs change';
    case 'hit':
    case 'cut-off':
      return run === null ? 'is up to date' : `was ${visitWord(outcome)} in run ${run}`;
    case 'skipped':
      return `${unmadeWords({ outcome, reason })} in run ${run}`;
    case 'ran':
    case 'failed':
      return `${outcome} in run ${run}`;
  }
}

function sinceLines(
  { node, run, before, causes, state, unmade }: WhyNode,
  suggestion: (...words: readonly string[]) => string,
): readonly string[] {
  if (before === null) return ['no earlier run had it, so there is nothing to compare it with'];
  if (causes.length > 0) return [`compared with run ${before}`];
  if (run !== null && state === null) return [];
  if (unmade !== null)
    return [
      `it has no state in run ${before}, where it ${unmadeWords(unmade)}, so what differs since is not known; details: ${suggestion('log', `run:${before}/${node}`)}`,
    ];
  return [`nothing that its key names differs from run ${before}`];
}
