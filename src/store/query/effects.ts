/** Reading tables of effects: those of a study, those that rest on a state, and those that a file holds. */
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { blobOf, boundsOf } from '../database/blobs.ts';
import type { Queries } from '../database/statements.ts';

/** A table in the latest study that came to it. */
export interface EffectTableRecord {
  /** Id of its row. */
  readonly id: number;
  /** The digest of its inputs. */
  readonly key: Digest;
  /** The run of the study. */
  readonly run: number;
  /** The name of the study. */
  readonly study: string;
  /** JSON. */
  readonly inputs: Artifact;
  /** JSON. */
  readonly content: Artifact;
}

interface Row extends Pick<EffectTableRecord, 'id' | 'key' | 'run' | 'study'> {
  readonly inputs: Digest;
  readonly inputBytes: number;
  readonly inputInline: Uint8Array | null;
  readonly content: Digest;
  readonly contentBytes: number;
  readonly contentInline: Uint8Array | null;
}

export class EffectReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** The tables of the study that this run made, in their order. */
  ofStudy(run: number): readonly EffectTableRecord[] {
    return this.#all(`${TABLE} WHERE x.study = ? ORDER BY x.position`, run);
  }

  /** The tables of the latest studies, the newest study first; a table once. */
  latest(studies: number): readonly EffectTableRecord[] {
    return this.#all(
      `${TABLE} WHERE x.study IN (SELECT run FROM study ORDER BY run DESC LIMIT ?)
       AND x.study = (SELECT max(study) FROM study_effect WHERE effect_table = x.effect_table)
       ORDER BY x.study DESC, x.position`,
      studies,
    );
  }

  /** Tables whose key starts with these hex digits: at most `limit`. */
  byPrefix(prefix: string, limit: number): readonly EffectTableRecord[] {
    return this.#all(
      `${TABLE} WHERE e.key BETWEEN ? AND ? AND x.study = (SELECT max(study) FROM study_effect WHERE effect_table = e.id)
       GROUP BY e.id ORDER BY e.key LIMIT ?`,
      ...boundsOf(prefix),
      limit,
    );
  }

  /** The table that has these bytes as its content or its inputs. */
  ofArtifact(digest: Digest): EffectTableRecord | undefined {
    return this.#all(
      `${TABLE} WHERE e.id IN (
         SELECT t.id FROM artifact f JOIN effect_table t ON f.id = t.content WHERE f.digest = ?
         UNION SELECT t.id FROM artifact f JOIN effect_table t ON f.id = t.inputs WHERE f.digest = ?)
       ORDER BY x.study DESC LIMIT 1`,
      blobOf(digest),
      blobOf(digest),
    )[0];
  }

  /** The tables that rest on any of these states, each in its latest study, newest first. */
  restingOn(states: Iterable<number>): readonly EffectTableRecord[] {
    return this.#all(
      `${TABLE} WHERE e.id IN (SELECT s.effect_table FROM json_each(?) j CROSS JOIN effect_source s ON s.state = j.value)
       AND x.study = (SELECT max(study) FROM study_effect WHERE effect_table = e.id)
       GROUP BY e.id ORDER BY x.study DESC, x.position`,
      JSON.stringify([...states]),
    );
  }

  /** The study whose tables a file with these bytes holds, and in which form. */
  inFile(digest: Digest): { readonly run: number; readonly form: string } | undefined {
    return this.#queries.get('SELECT study AS run, form FROM effect_file WHERE digest = ?', blobOf(digest));
  }

  #all(sql: string, ...values: readonly (string | number | Buffer)[]): readonly EffectTableRecord[] {
    return this.#queries.all<Row>(sql, ...values).map((row) => ({
      id: row.id,
      key: row.key,
      run: row.run,
      study: row.study,
      inputs: { digest: row.inputs, bytes: row.inputBytes, inline: row.inputInline },
      content: { digest: row.content, bytes: row.contentBytes, inline: row.contentInline },
    }));
  }
}

const TABLE = `SELECT e.id, lower(hex(e.key)) AS key, x.study AS run, n.text AS study,
    lower(hex(a.digest)) AS inputs, a.bytes AS inputBytes, a.content AS inputInline,
    lower(hex(b.digest)) AS content, b.bytes AS contentBytes, b.content AS contentInline
  FROM study_effect x JOIN effect_table e ON e.id = x.effect_table JOIN study t ON t.run = x.study
  JOIN name n ON n.id = t.name JOIN artifact a ON a.id = e.inputs JOIN artifact b ON b.id = e.content`;
