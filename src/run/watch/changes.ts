/**
 * Which watched paths have changed since they were last asked about. Hints come in bursts, and an editor writes a file
 * in several steps, so a look waits until it has been quiet for a moment.
 */
import type { Hints, HintsFrom } from './hints.ts';
import type { Look } from './sight.ts';

export interface Edit {
  /** Absolute. */
  readonly path: string;
  readonly how: 'changed' | 'added' | 'removed';
  readonly isFolder: boolean;
}

export interface ChangesParts {
  readonly lookAt: (path: string) => Look;
  /** Opens the source of hints. */
  readonly hints: (hint: () => void) => Hints;
  /** Calls the function after so many milliseconds, unless the returned function is called before. */
  readonly after: (ms: number, work: () => void) => () => void;
  /** Told what has changed and was not taken yet. */
  readonly onChange: (edits: readonly Edit[]) => void;
}

const QUIET_MS = 30;
/** A file that is written without end is still looked at. */
const MOST_HINTS_AWAITED = 50;

export class Changes {
  readonly #parts: ChangesParts;
  readonly #hints: Hints;
  #seen = new Map<string, Look>();
  #cancel: (() => void) | undefined;
  #awaited = 0;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
    this.#hints = parts.hints(() => this.#hinted());
  }

  /**
   * Watches these paths and no others. What was watched before is compared with what it looked like then. Of new ones,
   * a file counts as changed that was written since `since`, in milliseconds since 1970: whoever read it may have read
   * half of it.
   */
  follow(paths: readonly string[], since: number): HintsFrom {
    const before = this.#seen;
    // Hints first: what happens between the two is then found by the look.
    const from = this.#hints.follow(paths);
    this.#seen = new Map(paths.map((path) => [path, before.get(path) ?? this.#first(path, since)]));
    return from;
  }

  get paths(): readonly string[] {
    return [...this.#seen.keys()];
  }

  get files(): number {
    return [...this.#seen.values()].filter(({ kind }) => kind === 'file').length;
  }

  /** What has changed since it was last taken, sorted by path. It counts as known from now on. */
  take(): readonly Edit[] {
    const edits = this.#edits();
    for (const { path } of edits) this.#seen.set(path, this.#parts.lookAt(path));
    return edits;
  }

  close(): void {
    this.#cancel?.();
    this.#hints.close();
  }

  #first(path: string, since: number): Look {
    const look = this.#parts.lookAt(path);
    return look.kind === 'file' && look.changedAt >= since ? { ...look, state: '' } : look;
  }

  #edits(): readonly Edit[] {
    const edits: Edit[] = [];
    for (const [path, before] of this.#seen) {
      const now = this.#parts.lookAt(path);
      if (now.kind === before.kind && now.state === before.state) continue;
      const how = before.kind === 'absent' ? 'added' : now.kind === 'absent' ? 'removed' : 'changed';
      edits.push({ path, how, isFolder: (now.kind === 'absent' ? before : now).kind === 'folder' });
    }
    return edits.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #hinted(): void {
    if (this.#cancel !== undefined) {
      if (this.#awaited >= MOST_HINTS_AWAITED) return;
      this.#awaited += 1;
      this.#cancel();
    }
    this.#cancel = this.#parts.after(QUIET_MS, () => {
      this.#cancel = undefined;
      this.#awaited = 0;
      const edits = this.#edits();
      if (edits.length > 0) this.#parts.onChange(edits);
    });
  }
}
