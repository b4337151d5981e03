import { describe, expect, onTestFinished, test } from 'vitest';
import { fillCache, STARTED_AT } from '../../cli/filled-cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { makeOldCache } from '../database/old-cache.ts';
import { databaseOf, openCache } from '../open-cache.ts';

async function filled() {
  const { cache, score } = await fillCache(temporaryDirectory());
  onTestFinished(() => cache.close());
  const { record, query } = cache;
  return { cache, tags: record.tags, query, score, scoreId: query.states.byKey(score.key)!.id };
}

describe('tags', () => {
  test('are put on runs and states, once each', async () => {
    const { tags, query, scoreId } = await filled();
    expect(tags.add({ run: 2 }, 'baseline')).toBe(true);
    expect(tags.add({ run: 2 }, 'baseline')).toBe(false);
    expect(tags.add({ state: scoreId }, 'baseline')).toBe(true);
    expect(query.tags.of({ run: 2 })).toEqual(['baseline']);
    expect(query.tags.of({ state: scoreId })).toEqual(['baseline', 'published']);
  });

  test('are listed with what they are on, all of them or by name', async () => {
    const { tags, query, score } = await filled();
    tags.add({ run: 2 }, 'baseline');
    expect(query.tags.list()).toEqual([
      { tag: 'baseline', at: STARTED_AT, run: 2 },
      expect.objectContaining({ tag: 'published', state: score.key, stage: 'toy/score' }),
    ]);
    expect(query.tags.list('baseline')).toHaveLength(1);
    expect(query.tags.list('nothing')).toEqual([]);
  });

  test('are taken away again', async () => {
    const { tags, query, scoreId } = await filled();
    expect(tags.remove({ state: scoreId }, 'published')).toBe(true);
    expect(tags.remove({ state: scoreId }, 'published')).toBe(false);
    expect(tags.remove({ run: 1 }, 'never heard')).toBe(false);
    expect(query.tags.list()).toEqual([]);
  });

  test('say of a state whether a person gave them; of the time when nobody recorded that, all count as given', async () => {
    const { cache, tags, scoreId } = await filled();
    const givenIn = (directory: string) =>
      databaseOf({ directory }).prepare<[], number>('SELECT given FROM state_tag ORDER BY tag').pluck().all();
    expect(givenIn(cache.directory)).toEqual([0]);
    tags.add({ state: scoreId }, 'published');
    expect(givenIn(cache.directory)).toEqual([1]);
    const old = temporaryDirectory();
    makeOldCache(old, 12);
    openCache(old);
    expect(givenIn(old)).toEqual([1]);
  });

  test('of several runs are read at once', async () => {
    const { tags, query } = await filled();
    tags.add({ run: 2 }, 'other');
    tags.add({ run: 2 }, 'baseline');
    tags.add({ run: 3 }, 'baseline');
    expect([...query.tags.ofRuns([1, 2])]).toEqual([[2, ['baseline', 'other']]]);
  });
});
