/** Writing visits: what became of a node in a run, and why. */
import type { PlanKey } from '../../core/identity/digest.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { Visit } from './facts.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { StateWriter } from './states.ts';
import type { TagWriter } from './tags.ts';

export interface Hit {
  readonly node: {
    readonly id: string;
    /** Id of its name in the database, if known. */
    readonly nameId?: number | undefined;
    readonly tags?: readonly string[] | undefined;
  };
  readonly state: { readonly id: number };
  /** By which equivalence the node has the state; undefined if the state is that of its key. */
  readonly accepted?: { readonly text: string } | undefined;
}

/** A hit that the run found on its way. */
export interface LaterHit extends Hit {
  readonly how: 'hit' | 'cut-off';
  /** Leads to the state from now on; undefined if it does already. */
  readonly newPlanKey: PlanKey | undefined;
}

export class VisitWriter {
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #states: StateWriter;
  readonly #tags: TagWriter;
  readonly #visits: RowBuffer<[run: number, node: number, outcome: number, state: number | null]>;
  readonly #reasons: RowBuffer<[run: number, node: number, reason: number]>;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names, states: StateWriter, tags: TagWriter) {
    this.#commit = commit;
    this.#names = names;
    this.#states = states;
    this.#tags = tags;
    this.#visits = commit.rows(
      4,
      // A node is visited once, except one whose bytes turned out to be lost after it had been a hit.
      (rows) =>
        `INSERT INTO visit (run, node, outcome, state) VALUES ${rows}
         ON CONFLICT DO UPDATE SET outcome = excluded.outcome, state = excluded.state`,
    );
    this.#reasons = commit.rows(
      3,
      (rows) =>
        `INSERT INTO visit_reason (run, node, reason) VALUES ${rows} ON CONFLICT DO UPDATE SET reason = excluded.reason`,
    );
    this.#sql = lazily({
      outcomes: (): ReadonlyMap<string, number> =>
        new Map(
          db
            .prepare<[], { id: number; name: string }>('SELECT id, name FROM visit_outcome')
            .all()
            .map(({ id, name }) => [name, id]),
        ),
    });
  }

  add({ run, node, outcome, state, reason, tags = [] }: Visit): void {
    this.#commit.add(() => {
      const name = this.#names.intern(node);
      const id = state === null ? null : this.#states.idOf(state);
      this.#visits.add(run, name, this.#sql.outcomes.get(outcome)!, id);
      if (id !== null) for (const tag of tags) this.#tags.put({ state: id }, tag);
      if (reason !== null) this.#reasons.add(run, name, this.#names.intern(reason));
    });
  }

  /**
   * Nodes whose states were there before the run began, at once and in one transaction, with their tags as they are
   * now. A name whose id is unknown is looked up.
   */
  addHits(run: number, hits: Iterable<Hit>): void {
    this.#commit.transact(() => {
      for (const hit of hits) this.#addHit(run, hit, 'hit');
    });
  }

  /** Further hits: queued together, since a run may find thousands at once. */
  addLaterHits(run: number, hits: readonly LaterHit[]): void {
    this.#commit.add(() => {
      for (const hit of hits) {
        if (hit.newPlanKey !== undefined) this.#states.leadTo(hit.newPlanKey, hit.state.id);
        this.#addHit(run, hit, hit.how);
      }
    });
  }

  #addHit(run: number, { node, state, accepted }: Hit, outcome: LaterHit['how']): void {
    const name = node.nameId ?? this.#names.intern(node.id);
    this.#visits.add(run, name, this.#sql.outcomes.get(outcome)!, state.id);
    if (accepted !== undefined) this.#reasons.add(run, name, this.#names.intern(accepted.text));
    if (node.tags !== undefined) for (const tag of node.tags) this.#tags.put({ state: state.id }, tag);
  }

  /** Ids of node names, for `addHits`. */
  nodeIds(nodes: readonly string[]): readonly number[] {
    return this.#commit.transact(() => nodes.map((node) => this.#names.intern(node)));
  }
}
