/** Takes equivalences back: by their numbers, or by the nodes that they are for. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import { environmentFacts } from '../../identity/environment/environment.ts';
import type { Cache } from '../../store/cache.ts';
import type { EquivalenceRecord } from '../../store/query/equivalences.ts';

/**
 * @param words numbers, nodes (`fit@fold=3`), or the name of all instances of one or of a stage (`fit`)
 * @returns those that were in force until now
 * @throws UsageError for a word that names none in force
 */
export function revoke(cache: Cache, words: readonly string[], message: string): readonly EquivalenceRecord[] {
  const all = cache.query.equivalences.list();
  const found = [...new Map(words.flatMap((word) => named(all, word)).map((each) => [each.id, each])).values()];
  const environment = environmentFacts();
  cache.record.equivalences.revoke(found.map(({ id }) => ({ equivalence: id, message, environment })));
  return found.map(({ id }) => cache.query.equivalences.get(id)!);
}

function named(all: readonly EquivalenceRecord[], word: string): readonly EquivalenceRecord[] {
  const number = /^#?(\d{1,15})$/.exec(word)?.[1];
  if (number !== undefined) return [numbered(all, Number(number))];
  const found = all.filter((each) => each.end === null && isCalled(each, word));
  if (found.length > 0) return found;
  const open = all.filter(({ end }) => end === null);
  const names = new Set(open.flatMap(({ node, stage }) => [node, groupOf(node), stage]));
  throw new UsageError(
    `No equivalence of ${word} is in force${didYouMean(word, names)}; "restage accept --list" shows them.`,
  );
}

function numbered(all: readonly EquivalenceRecord[], id: number): EquivalenceRecord {
  const found = all.find((each) => each.id === id);
  if (found === undefined)
    throw new UsageError(`There is no equivalence ${id}; "restage accept --list" shows all of them.`);
  if (found.end === null) return found;
  throw new UsageError(
    found.end.how === 'revoked'
      ? `Equivalence ${id} of ${found.node} was revoked before.`
      : `Equivalence ${id} of ${found.node} is over: a run made a state for its key, which counts since.`,
  );
}

function isCalled({ node, stage }: EquivalenceRecord, word: string): boolean {
  return node === word || groupOf(node) === word || stage === word;
}

/** `fit` of `fit@fold=3` */
function groupOf(node: string): string {
  return node.split('@', 1)[0]!;
}
