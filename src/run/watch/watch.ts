/**
 * `run --watch`: rounds of one request. Each round reads the request again, plans, and runs what is not up to date;
 * then it waits until something that the plan was made from has changed. A round that cannot be planned is told, and
 * waits likewise.
 */
import { resolve } from 'node:path';
import { EXIT, isRestageError, type RestageError } from '../../errors.ts';
import type { RunOutcome } from '../../events.ts';
import { makePlan, type Planned } from '../../planning/plan/make-plan.ts';
import { isUpToDate } from '../../planning/plan/plan.ts';
import { type ResolvedRequest, resolveRequest } from '../../planning/request/resolve-request.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunReport, RunRequest } from '../request.ts';
import type { Planning } from '../run.ts';
import { causesOf, type EditedFile } from './causes.ts';
import { Changes, type ChangesParts, type Edit } from './changes.ts';
import type { HintsFrom } from './hints.ts';
import { type Intended, intended, nodesToRun, shownPath } from './nodes-to-run.ts';
import { sourcesBelow } from './sight.ts';
import type { WatchEvent } from './watch-event.ts';

/** A run that is made only if it is wanted, as `runIf` makes it. */
export interface Round {
  readonly request: RunRequest;
  readonly planning: Planning;
  readonly wanted: (cache: Cache, planned: Planned) => boolean;
  readonly isFirst: boolean;
}

export interface WatchParts {
  /** Makes the request of a round from what its files say now. */
  readonly request: (isFirst: boolean) => Promise<RunRequest>;
  /** Files that the request is made from, absolute. */
  readonly requestFiles: readonly string[];
  /** Undefined where the round was not wanted. */
  readonly run: (round: Round) => Promise<RunReport | undefined>;
  readonly tell: (event: WatchEvent) => void;
  /** Tells that files were edited while a run goes on. */
  readonly editedMeanwhile: (files: readonly EditedFile[]) => void;
  readonly changes: Omit<ChangesParts, 'onChange'>;
  readonly signal: AbortSignal;
}

/** What the last round came to. */
export type LastRound = RunOutcome | 'broken';

/**
 * Returns once the signal is aborted, when the run that goes on has ended.
 * @throws RestageError if an edit cannot correct it: the cache is unusable, or the first request is wrong
 */
export async function watch(parts: WatchParts): Promise<LastRound> {
  const watching = new Watching(parts);
  try {
    return await watching.rounds();
  } finally {
    watching.close();
  }
}

class Watching {
  readonly #parts: WatchParts;
  readonly #changes: Changes;
  #last: LastRound = 'ok';
  #left: Intended = new Map();
  #place: ResolvedRequest | undefined;
  #from: HintsFrom = { from: 'events' };
  /** Whether a run goes on; what was edited meanwhile is told once. */
  #isRunning = false;
  #wake: () => void = () => undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#changes = new Changes({ ...parts.changes, onChange: (edits) => this.#changed(edits) });
  }

  async rounds(): Promise<LastRound> {
    const { signal, tell } = this.#parts;
    const wake = (): void => this.#wake();
    const isOver = (): boolean => signal.aborted;
    signal.addEventListener('abort', wake);
    try {
      let edits: readonly Edit[] | undefined;
      for (;;) {
        const isNews = await this.#round(edits);
        if (isOver()) return this.#last;
        if (isNews) {
          const why = this.#from.from === 'polling' ? this.#from.why : null;
          tell({ type: 'watch-waiting', at: Date.now(), files: this.#changes.files, from: this.#from.from, why });
        }
        edits = await this.#next();
        if (isOver()) return this.#last;
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  close(): void {
    this.#changes.close();
  }

  /** Whether anything was run, or is broken. */
  async #round(edits: readonly Edit[] | undefined): Promise<boolean> {
    const { run, signal } = this.#parts;
    const [at, noticed] = [Date.now(), performance.now()];
    try {
      const request = await this.#parts.request(edits === undefined);
      this.#place = resolveRequest(request);
      const planning: Planning = async (cache, ...rest) => {
        const planned = await makePlan(cache, ...rest);
        this.#follow(planned.paths?.(), at);
        return planned;
      };
      let plan: Intended = new Map();
      const wanted = (cache: Cache, planned: Planned): boolean => {
        if (planned.prepared !== null) plan = intended(planned.prepared);
        const runs = edits === undefined || !isUpToDate(planned.plan);
        if (edits !== undefined)
          this.#tellPlan(cache, planned, { edits, runs, seconds: (performance.now() - noticed) / 1000 });
        this.#isRunning = runs;
        return runs;
      };
      const report = await run({ request, planning, wanted, isFirst: edits === undefined });
      this.#last = report?.outcome ?? 'ok';
      this.#left = this.#last === 'ok' ? new Map() : plan;
      return report !== undefined;
    } catch (error) {
      if (signal.aborted && !isOfCache(error)) {
        // Ctrl-C of a terminal reaches every process of the group, and what parses for this one may be gone.
        this.#last = 'interrupted';
        return false;
      }
      if (!isCorrectable(error, edits === undefined)) throw error;
      this.#last = 'broken';
      this.#follow(undefined, at);
      const { code, message } = error;
      this.#parts.tell({ type: 'watch-broken', at: Date.now(), edited: this.#shown(edits ?? []), code, message });
      return true;
    } finally {
      this.#isRunning = false;
    }
  }

  #tellPlan(
    cache: Cache,
    { plan, prepared }: Planned,
    { edits, runs, seconds }: { readonly edits: readonly Edit[]; readonly runs: boolean; readonly seconds: number },
  ): void {
    const files = edits.filter(({ isFolder }) => !isFolder);
    // A folder changes with any name in it: that alone is not worth a line.
    if (!runs && files.length === 0) return;
    const edited = this.#shown(files.length > 0 ? files : edits);
    const nodes = prepared === null ? [] : nodesToRun(cache, prepared, this.#root, this.#left);
    const pending = plan.steps.filter(({ status }) => status === 'pending').length;
    const causes = causesOf(edited, nodes);
    this.#parts.tell({ type: 'watch-planned', at: Date.now(), edited, causes, pending, runs, seconds });
  }

  /** Without the paths of a plan, whatever an author might edit counts. */
  #follow(paths: readonly string[] | undefined, since: number): void {
    if (this.#place === undefined) {
      this.#from = this.#changes.follow(this.#parts.requestFiles, since);
      return;
    }
    const { project, cacheDirectory } = this.#place;
    const known = paths ?? [...this.#changes.paths, ...sourcesBelow(project.root, cacheDirectory)];
    const always = [project.entry, resolve(project.root, 'package.json'), ...this.#parts.requestFiles];
    this.#from = this.#changes.follow([...new Set([...known, ...always])], since);
  }

  async #next(): Promise<readonly Edit[]> {
    for (;;) {
      const edits = this.#changes.take();
      if (edits.length > 0 || this.#parts.signal.aborted) return edits;
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  #changed(edits: readonly Edit[]): void {
    this.#wake();
    const files = edits.filter(({ isFolder }) => !isFolder);
    if (!this.#isRunning || files.length === 0) return;
    this.#isRunning = false;
    this.#parts.editedMeanwhile(this.#shown(files));
  }

  get #root(): string {
    return this.#place?.project.root ?? '';
  }

  #shown(edits: readonly Edit[]): readonly EditedFile[] {
    return edits.map(({ path, how }) => ({ file: shownPath(path, this.#root), how }));
  }
}

function isOfCache(error: unknown): boolean {
  return isRestageError(error) && error.exitCode === EXIT.cache;
}

/** Whether an edit may correct it. A wrong first command line is not waited for. */
function isCorrectable(error: unknown, isFirst: boolean): error is RestageError {
  return isRestageError(error) && error.exitCode === EXIT.usage && !(isFirst && error.code === 'USAGE');
}
