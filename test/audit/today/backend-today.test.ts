import { expect, test } from 'vitest';
import { backendsToday } from '../../../src/audit/today/backend-today.ts';
import { type CanonicalValue, valueDigest } from '../../../src/core/identity/canonical.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { backendSearchIn, resolveCompute } from '../../../src/identity/compute/backend.ts';
import { disposableDirectory } from '../../helpers/disposable.ts';
import { REPOSITORY } from '../../helpers/command.ts';
import { openCache } from '../../store/open-cache.ts';

test('the backend of a past state is the same, changed or gone today', async () => {
  const cache = openCache(disposableDirectory('restage-backend-today-'));
  const place = { root: REPOSITORY, workingDirectory: REPOSITORY };
  const probe = () => Promise.resolve({ list: [], absence: 'none' });
  const { backend } = await resolveCompute('portable', 'cpu', backendSearchIn(cache, place, probe));
  const words = `portable ${backend.version} on cpu`;
  const field = (words: string, digest = backend.digest) => {
    const value: CanonicalValue = [words, digest];
    return { words, digest: valueDigest(value) };
  };
  const facts = await backendsToday(
    cache,
    [field(words), field('portable 0 on cpu'), field(words, sha256('other')), field('abacus 1 on cpu')],
    place,
  );
  expect(facts).toEqual([
    { kind: 'backend', name: 'portable', standing: 'same', then: words, now: words, note: null },
    { kind: 'backend', name: 'portable', standing: 'changed', then: 'portable 0 on cpu', now: words, note: null },
    {
      kind: 'backend',
      name: 'portable',
      standing: 'changed',
      then: words,
      now: words,
      note: 'its binaries or the driver differ',
    },
    {
      kind: 'backend',
      name: 'abacus',
      standing: 'gone',
      then: 'abacus 1 on cpu',
      now: null,
      note: expect.stringContaining('abacus') as string,
    },
  ]);
  const nowhere = await backendsToday(cache, [field(words)], { ...place, root: undefined });
  expect(nowhere).toMatchObject([{ standing: 'unknown', note: 'there is no project here' }]);
});
