/** `restage console`: browses the record in the terminal. Each page is what another verb prints. */
import { EXIT, UsageError } from '../../errors.ts';
import { isColourful } from '../../ui/text/style.ts';
import { COMMON } from '../arguments/shared.ts';
import type { Call, Verb, Verbs } from '../arguments/verb.ts';
import type { TerminalStreams } from '../io/io.ts';
import { cacheDirectoryOfVerb, isBundle, requireCache } from '../lookup/open-cache.ts';

/** What pages are made of: verbs that answer from the record and change nothing. */
const ANSWERS: Verbs = {
  cost: () => import('./cost.ts'),
  diff: () => import('./diff.ts'),
  how: () => import('./how.ts'),
  log: () => import('./log.ts'),
  metrics: () => import('./metrics.ts'),
  show: () => import('./show.ts'),
  uses: () => import('./uses.ts'),
  why: () => import('./why.ts'),
};

export const verb: Verb = {
  name: 'console',
  summary: 'browse the runs, nodes and states on record in the terminal',
  positionals: [
    {
      name: 'what',
      help: 'where to start: a run (12 or run:12), a node (score, run:12/score), a digest or a tag; default: the list of runs',
      optional: true,
      complete: ['recorded nodes', 'tags'],
    },
  ],
  options: COMMON.filter(({ long }) => long !== 'json'),
  examples: ['restage console', 'restage console run:12', 'restage console run:12/score'],
  also: ['browse', 'tui', 'ui', 'top'],
  async run(call) {
    const { terminalObstacle } = await import('../../ui/reporters/terminal-obstacle.ts');
    const streams = call.io.terminal();
    const obstacle = !(streams?.stdin.isTTY ?? true)
      ? 'the input is not a terminal'
      : terminalObstacle(streams?.stdout, call.io.env, true);
    if (streams === undefined || obstacle !== undefined)
      throw new UsageError(
        `restage console needs a terminal, and ${obstacle ?? 'there is none'}; write restage log, show or how for the same as text.`,
      );
    const directory = cacheDirectoryOfVerb(call);
    if (!isBundle(directory)) await requireCache(directory, call.io);
    await browse(call, streams);
    return EXIT.ok;
  },
};

async function browse(call: Call, streams: TerminalStreams): Promise<void> {
  const { loadReactForProduction } = await import('../../ui/ink/react-for-production.ts');
  loadReactForProduction();
  const [{ mountView }, { ConsoleView }, { FIRST_RUNS, readPage, typedCommand }] = await Promise.all([
    import('../../ui/ink/mount.ts'),
    import('../../ui/console/console-view.ts'),
    import('../console/read-page.ts'),
  ]);
  const { stdout } = streams;
  const size = () => ({ columns: stdout.columns, rows: stdout.rows });
  const terminal = { ...streams, size, isColourful: isColourful(true, call.io.env) };
  const [what] = call.positionals;
  const reference = what !== undefined && /^\d{1,15}$/.test(what) ? `run:${what}` : what;
  const start = reference === undefined ? ['log', '--limit', String(FIRST_RUNS)] : startAt(reference);
  await new Promise<void>((resolve, reject) => {
    const view = new ConsoleView({
      size,
      read: (command, columns) => readPage(call, ANSWERS, streams, command, columns),
      typed: (command) => typedCommand(call, command),
      act(action) {
        if (action === 'redraw') mounted.redraw();
        else if (action === 'suspend') mounted.suspend();
        else end(resolve);
      },
      fail: (error) => end(() => reject(asError(error))),
    });
    const mounted = mountView(view, terminal, 'whole');
    const stopListening = call.io.onInterrupt(() => end(resolve));
    function end(settle: () => void): void {
      view.close();
      mounted.close();
      stopListening();
      settle();
    }
    void view.open(start);
  });
}

/** A whole run with its nodes. */
function startAt(reference: string): readonly string[] {
  return /^run:[^/]*$/.test(reference) ? ['show', reference, '--nodes'] : ['show', reference];
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
