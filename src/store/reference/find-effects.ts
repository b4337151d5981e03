/** Finds effect tables: those of an experiment by its name, or one by the first digits of its digest. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { parseEffectReference } from '../../core/reference/effect-reference.ts';
import { UsageError } from '../../errors.ts';
import type { Readers } from '../query/readers.ts';
import type { FoundEffects } from './found.ts';

const PREFIX = /^[0-9a-f]{4,64}$/;

/** Undefined for a reference to anything else. @throws UsageError if there is no such table */
export function effectsNamed(query: Readers, text: string): FoundEffects | undefined {
  const reference = parseEffectReference(text);
  if (reference === undefined) return undefined;
  const { study } = reference;
  const latest = query.studies.latest(study);
  const tables = latest === undefined ? tablesByDigest(query, study) : query.effects.ofStudy(latest.run);
  if (tables.length > 0) return { kind: 'effects', tables, reference };
  if (latest !== undefined)
    throw new UsageError(
      `No effect table of experiment ${study} is on record: run ${latest.run} of it ended before its table was made; run restage ablate again.`,
    );
  const known = query.studies.names();
  throw new UsageError(
    `No experiment and no effect table is called ${study}${didYouMean(study, known)}; ${known.length === 0 ? 'run one with: restage ablate FILE' : `there is ${known.join(', ')}.`}`,
  );
}

function tablesByDigest(query: Readers, word: string): FoundEffects['tables'] {
  if (!PREFIX.test(word)) return [];
  const tables = query.effects.byPrefix(word, 2);
  if (tables.length > 1) throw new UsageError(`${word} is ambiguous: two effect tables begin so; give more digits.`);
  return tables;
}
