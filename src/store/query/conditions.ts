/**
 * Reading under which conditions the states of a run were made: the fields that the nodes of a stage share, and files.
 */
import type { Field } from '../../core/identity/cache-key.ts';
import type { Digest } from '../../core/identity/digest.ts';
import type { Queries } from '../database/statements.ts';

/** A field of the keys of a stage's states: its code, a package, a variable, ... */
export interface StageField extends Field {
  readonly stage: string;
}

/** A file that nodes of a run took as an input. */
export interface FileRead {
  readonly path: string;
  readonly digest: Digest;
}

export class ConditionReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /**
   * What the states of a run's stages depend on besides parameters, inputs and seeds. The states of one code of a stage
   * share these fields, so one of them is read.
   */
  stageFields(run: number): readonly StageField[] {
    return this.#queries.all(
      `SELECT g.text AS stage, n.text AS name, lower(hex(x.digest)) AS digest, x.preview
       FROM (SELECT s.stage, min(s.id) AS state FROM visit v JOIN state s ON s.id = v.state
             WHERE v.run = ? GROUP BY s.stage, s.code) one
       CROSS JOIN state_field f ON f.state = one.state JOIN name n ON n.id = f.name
       JOIN field_value x ON x.id = f.value JOIN name g ON g.id = one.stage
       WHERE n.text NOT IN ('stage', 'seed') AND n.text NOT GLOB 'param.*' AND n.text NOT GLOB 'in.*'
       ORDER BY one.state, n.text`,
      run,
    );
  }

  /** The environment variables of which the keys on record say that they are secrets. */
  secretVariables(): readonly string[] {
    const previews = this.#queries.all<{ readonly preview: string }>(
      `SELECT preview FROM field_value WHERE preview GLOB '(secret env:*' OR preview GLOB '*{"$secret":"env:*'`,
    );
    const named = previews.flatMap(({ preview }) => [...preview.matchAll(/(?:^\(secret |"\$secret":")env:(\w+)/g)]);
    return [...new Set(named.map(([, name]) => name!))];
  }

  /** Each file once for each content that was read of it. */
  files(run: number): readonly FileRead[] {
    return this.#queries.all(
      `SELECT DISTINCT i.path, lower(hex(a.digest)) AS digest
       FROM visit v CROSS JOIN state_input i ON i.state = v.state JOIN artifact a ON a.id = i.artifact
       WHERE v.run = ? AND i.producer IS NULL AND i.path IS NOT NULL ORDER BY i.path`,
      run,
    );
  }
}
