import { beforeAll, describe, expect, test } from 'vitest';
import { findSubject } from '../../../src/audit/lineage/find-subject.ts';
import { stepsOf } from '../../../src/audit/lineage/fold.ts';
import { lineageOf } from '../../../src/audit/lineage/lineage.ts';
import { uses } from '../../../src/audit/lineage/uses.ts';
import { treeLines } from '../../../src/cli/show/lineage/how-tree.ts';
import { styleFor } from '../../../src/ui/text/style.ts';
import { Cache } from '../../../src/store/cache.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';
import { searchIn } from './line-project.ts';
import { fillWithChain } from './long-chain.ts';

const LENGTH = 3000;
let directory: string;

beforeAll(async () => {
  directory = disposableDirectory('restage-chain-');
  await fillWithChain(directory, LENGTH);
});

const withCache = <T>(work: (cache: Cache) => T | Promise<T>): Promise<T> =>
  Cache.using(Cache.openToLook(directory), work);

describe('a lineage of thousands of states, of which each has two ways to every one above', () => {
  test('has each of them once, and folds into one step', () =>
    withCache(async (cache) => {
      const subject = (await findSubject(cache, String(LENGTH - 0.5), searchIn(cache, directory)))!;
      const lineage = lineageOf(cache, subject);
      expect(lineage.states).toHaveLength(LENGTH);
      expect(lineage.states[0]).toMatchObject({ node: 'link@at=0', inputs: [] });
      expect(lineage.states.at(-1)!.inputs.map(({ from }) => from)).toMatchObject([
        { node: `link@at=${LENGTH - 3}` },
        { node: `link@at=${LENGTH - 2}` },
      ]);
      expect(lineage.codes.map(({ description }) => description)).toEqual(['Links.']);
      const steps = stepsOf(lineage.states);
      expect(steps.map(({ states, params }) => [states.length, params[0]!.values.length])).toEqual([[LENGTH, LENGTH]]);
    }));

  test('is a tree in which each is opened once', () =>
    withCache(async (cache) => {
      const subject = (await findSubject(cache, 'run:1', searchIn(cache, directory)))!;
      const lines = treeLines(lineageOf(cache, subject), styleFor(false, {}));
      const again = lines.filter((line) => line.endsWith('(see above)'));
      expect(lines.length - again.length).toBe(LENGTH);
      expect(lines).toHaveLength(1 + 2 * (LENGTH - 2) + 1);
    }));

  test('is found from its beginning as well', () =>
    withCache(async (cache) => {
      const found = (await uses(cache, 'link@at=0', searchIn(cache, directory)))!;
      expect(found.states).toHaveLength(LENGTH - 1);
      expect(found.states.filter(({ direct }) => direct).map(({ node }) => node)).toEqual(['link@at=1', 'link@at=2']);
      expect(found.results).toMatchObject([{ run: 1, name: 'end' }]);
    }));
});
