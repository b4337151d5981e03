/**
 * Finding numbers on record, the newest first: in results of runs, in JSON outputs and in metrics. What is looked at is
 * bounded by the caller, since a number has no index.
 */
import type { Queries } from '../database/statements.ts';

/** An output in JSON that is in the database. */
export interface JsonOutput {
  /** Id of the row of the state. */
  readonly state: number;
  readonly output: string;
  readonly content: Uint8Array;
}

/** A result of a run that is JSON. */
export interface JsonResult extends JsonOutput {
  readonly run: number;
  readonly name: string;
  readonly node: string;
}

export interface FoundMetric {
  readonly state: number;
  readonly name: string;
  readonly step: number | null;
  readonly value: number;
}

export class NumberReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** The results of the latest runs, newest first. */
  results(runs: number): readonly JsonResult[] {
    return this.#queries.all(
      `SELECT r.run, g.text AS name, m.text AS node, v.state, n.text AS output, a.content
       FROM (SELECT id FROM run ORDER BY id DESC LIMIT ?) l CROSS JOIN run_result r ON r.run = l.id
       CROSS JOIN visit v ON v.run = r.run AND v.node = r.node
       CROSS JOIN state_output o ON o.state = v.state AND o.name = r.output
       CROSS JOIN name k ON k.id = o.kind AND k.text = 'json' CROSS JOIN artifact a ON a.id = o.artifact AND a.content IS NOT NULL
       JOIN name g ON g.id = r.name JOIN name m ON m.id = r.node JOIN name n ON n.id = r.output
       ORDER BY l.id DESC, r.position`,
      runs,
    );
  }

  /** The JSON outputs of the newest states, newest first. */
  json(states: number): readonly JsonOutput[] {
    return this.#queries.all(
      `SELECT s.id AS state, n.text AS output, a.content
       FROM (SELECT id FROM state ORDER BY id DESC LIMIT ?) s CROSS JOIN state_output o ON o.state = s.id
       CROSS JOIN name k ON k.id = o.kind AND k.text = 'json' CROSS JOIN artifact a ON a.id = o.artifact AND a.content IS NOT NULL
       JOIN name n ON n.id = o.name ORDER BY s.id DESC, n.text`,
      states,
    );
  }

  /** The metrics of the newest states with a value within these bounds, newest first. */
  metrics(states: number, least: number, most: number): readonly FoundMetric[] {
    return this.#queries.all(
      `SELECT s.id AS state, n.text AS name, m.step, m.value
       FROM (SELECT id, attempt FROM state ORDER BY id DESC LIMIT ?) s CROSS JOIN metric m ON m.attempt = s.attempt
       JOIN name n ON n.id = m.name WHERE m.value BETWEEN ? AND ? ORDER BY s.id DESC, m.sequence DESC`,
      states,
      least,
      most,
    );
  }
}
