import { describe, expect, onTestFinished, test } from 'vitest';
import { History } from '../../../src/store/query/history.ts';
import { Tags } from '../../../src/store/record/tags.ts';
import { type Filled, fillCache } from '../../cli/filled-cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

async function filled(): Promise<Filled & { readonly tags: Tags; readonly scoreId: number }> {
  const filled = await fillCache(temporaryDirectory());
  const { cache, score } = filled;
  onTestFinished(() => cache.close());
  return {
    ...filled,
    tags: new Tags(cache.db, cache.names, () => 5),
    scoreId: cache.states.byKey(score.key)!.id,
  };
}

describe('tags', () => {
  test('are put on runs and states, once each', async () => {
    const { tags, scoreId } = await filled();
    expect(tags.add({ run: 2 }, 'baseline')).toBe(true);
    expect(tags.add({ run: 2 }, 'baseline')).toBe(false);
    expect(tags.add({ state: scoreId }, 'baseline')).toBe(true);
    expect(tags.of({ run: 2 })).toEqual(['baseline']);
    expect(tags.of({ state: scoreId })).toEqual(['baseline', 'published']);
  });

  test('are listed with what they are on, all of them or by name', async () => {
    const { tags, score } = await filled();
    tags.add({ run: 2 }, 'baseline');
    expect(tags.list()).toEqual([
      { tag: 'baseline', at: 5, run: 2 },
      expect.objectContaining({ tag: 'published', state: score.key, stage: 'toy/score' }),
    ]);
    expect(tags.list('baseline')).toHaveLength(1);
    expect(tags.list('nothing')).toEqual([]);
  });

  test('are taken away again', async () => {
    const { tags, scoreId } = await filled();
    expect(tags.remove({ state: scoreId }, 'published')).toBe(true);
    expect(tags.remove({ state: scoreId }, 'published')).toBe(false);
    expect(tags.remove({ run: 1 }, 'never heard')).toBe(false);
    expect(tags.list()).toEqual([]);
  });

  test('select runs', async () => {
    const { tags, cache } = await filled();
    tags.add({ run: 2 }, 'baseline');
    const history = new History(cache.db);
    expect(history.runs({ limit: 9, tag: 'baseline' }).map(({ id }) => id)).toEqual([2]);
    expect(history.runs({ limit: 9, tag: 'other' })).toEqual([]);
  });
});
