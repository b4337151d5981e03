/** The lineage of effects: the states of the values that the rows of a table were worked out from. */
import { chooseEffects, type EffectChoice, rowReference } from '../effects/effect-choice.ts';
import { findCells, type FoundCell } from '../effects/find-cell.ts';
import type { SourcedValue, ValueSource } from '../../core/statistics/effect-record.ts';
import { cellOf } from '../../core/statistics/effect-cell.ts';
import type { Digest } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import type { EffectTableRecord } from '../../store/query/effects.ts';
import type { FoundEffects } from '../../store/reference/found.ts';
import type { NumberQuery } from './number-match.ts';
import { matchOf } from './number-match.ts';
import type { Root, Subject } from './subject.ts';

/** @throws UsageError if the tables have no such row or number */
export function effectSubject(cache: Cache, asked: string, found: FoundEffects): Subject {
  return subjectOf(cache, asked, chooseEffects(cache, asked, found), undefined);
}

/** The tables of a study that a file of this content has; undefined if it has none. */
export function effectsInFile(cache: Cache, asked: string, digest: Digest): Subject | undefined {
  const file = cache.query.effects.inFile(digest);
  const own = cache.query.effects.ofArtifact(digest);
  const tables = file === undefined ? (own === undefined ? [] : [own]) : cache.query.effects.ofStudy(file.run);
  if (tables.length === 0) return undefined;
  const choice = chooseEffects(cache, asked, { kind: 'effects', tables, reference: undefined });
  return { ...subjectOf(cache, asked, choice, digest), file: file === undefined ? undefined : asked };
}

/** The effect table that has these bytes, as its content or its inputs. */
export function effectsOfArtifact(cache: Cache, asked: string, digest: Digest): Subject | undefined {
  const table: EffectTableRecord | undefined = cache.query.effects.ofArtifact(digest);
  if (table === undefined) return undefined;
  return effectSubject(cache, asked, { kind: 'effects', tables: [table], reference: undefined });
}

/** Numbers of effect tables that a printed one may be: exactly so first, else rounded or cut. */
export function cellsWritten(
  cache: Cache,
  text: string,
  query: NumberQuery,
): { readonly exact: readonly FoundCell[]; readonly rounded: readonly FoundCell[] } {
  const cells = findCells(cache, text, (value) => matchOf(query, value) !== undefined);
  const isExact = ({ isPrinted, value }: FoundCell): boolean => isPrinted || value === query.value;
  return { exact: cells.filter(isExact), rounded: cells.filter((cell) => !isExact(cell)) };
}

/** `effect:tricks/plain/digits/difference (-5.466)` */
export function cellWords({ record, table, row, cell, value }: FoundCell): string {
  return `${rowReference(record.study, { table }, row, cell)} (${value})`;
}

export function cellSubject(cache: Cache, asked: string, found: FoundCell): Subject {
  const { record, table, inputs, row, cell } = found;
  const { study, run } = record;
  return subjectOf(cache, asked, { study, run, tables: [{ record, table, inputs, rows: [row] }], cell }, undefined);
}

function subjectOf(cache: Cache, asked: string, effects: EffectChoice, digest: Digest | undefined): Subject {
  const { tables, cell } = effects;
  const only = tables.length === 1 ? tables[0] : undefined;
  return {
    kind: 'effects',
    asked,
    // The study's run is told with the table: the states are those of its branches.
    run: undefined,
    roots: rootsOf(cache, effects),
    path: cell,
    value: cell === undefined ? undefined : (cellOf(only!.rows[0]!, cell) ?? undefined),
    digest: digest ?? only?.record.key,
    file: undefined,
    others: [],
    effects,
  };
}

/** The states of all values of the rows, each once. */
function rootsOf({ query }: Cache, { tables }: EffectChoice): readonly Root[] {
  const sources = new Map<string, { readonly source: ValueSource; readonly label: string }>();
  for (const { inputs, rows } of tables) {
    const branches = new Set(rows.flatMap(({ variant, base }) => [variant, base]));
    for (const value of inputs.values.filter(({ branch }) => branches.has(branch)))
      for (const source of value.sources)
        sources.set(source.state, sources.get(source.state) ?? { source, label: labelOf(value) });
  }
  const all = [...sources.values()];
  const rows = query.states.byKeys(all.map(({ source }) => source.state));
  return all.flatMap(({ source, label }, index): Root[] => {
    const { state, node, kind, name } = source;
    const id = rows[index]?.id;
    const output = kind === 'output' ? /^[^.[]+/.exec(name)![0] : undefined;
    return id === undefined ? [] : [{ id, state, node, output, result: undefined, label }];
  });
}

/** `plain, seed=3, fold=1` */
function labelOf({ branch, seed, fold }: SourcedValue): string {
  return [branch, `seed=${seed}`, ...(fold === null ? [] : [`fold=${fold}`])].join(', ');
}
