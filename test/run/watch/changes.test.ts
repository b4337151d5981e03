import { describe, expect, test } from 'vitest';
import { Changes, type Edit } from '../../../src/run/watch/changes.ts';
import type { Look } from '../../../src/run/watch/sight.ts';

/** A disk, a clock and hints that the test makes. */
function lab() {
  const disk = new Map<string, Look>();
  const told: (readonly Edit[])[] = [];
  let due: (() => void) | undefined;
  let hint = (): void => undefined;
  let looks = 0;
  const changes = new Changes({
    lookAt(path) {
      looks += 1;
      return disk.get(path) ?? { kind: 'absent', state: '', changedAt: 0 };
    },
    hints: (given) => {
      hint = given;
      return { follow: () => ({ from: 'events' }), close: () => undefined };
    },
    after(_, work) {
      due = work;
      return () => (due = undefined);
    },
    onChange: (edits) => told.push(edits),
  });
  const write = (path: string, state: string, changedAt = 0, kind: Look['kind'] = 'file') =>
    disk.set(path, { kind, state, changedAt });
  return {
    changes,
    disk,
    told,
    write,
    hint: () => hint(),
    quiet: () => {
      const work = due;
      due = undefined;
      work?.();
    },
    looks: () => looks,
  };
}

const words = (edits: readonly Edit[]) => edits.map(({ path, how }) => `${path} ${how}`);

describe('changes', () => {
  test('are told once for a burst of hints, when it is quiet', () => {
    const { changes, write, hint, quiet, told, looks } = lab();
    write('a', '1');
    changes.follow(['a'], 1);
    const before = looks();
    write('a', '2');
    for (let k = 0; k < 10; k++) hint();
    expect([looks() - before, told.length]).toEqual([0, 0]);
    quiet();
    quiet();
    expect(told.map(words)).toEqual([['a changed']]);
  });

  test('are not told for a hint after which all is as it was', () => {
    const { changes, write, hint, quiet, told } = lab();
    write('a', '1');
    changes.follow(['a'], 1);
    write('a', '2');
    hint();
    write('a', '1');
    quiet();
    expect(told).toEqual([]);
  });

  test('are looked at even while the hints do not end', () => {
    const { changes, write, hint, quiet, told } = lab();
    changes.follow(['a'], 1);
    write('a', '1');
    for (let k = 0; k < 1000; k++) {
      hint();
      if (k === 900) quiet();
    }
    expect(told.map(words)).toEqual([['a added']]);
  });

  test('count until they are taken, and no longer', () => {
    const { changes, disk, write, hint, quiet, told } = lab();
    write('a', '1');
    changes.follow(['a', 'b'], 1);
    disk.delete('a');
    write('b', '1');
    hint();
    quiet();
    expect(told).toHaveLength(1);
    expect(words(changes.take())).toEqual(['a removed', 'b added']);
    expect(changes.take()).toEqual([]);
    write('a', '3');
    expect(words(changes.take())).toEqual(['a added']);
  });

  test('of a path that stays watched are kept when others join', () => {
    const { changes, write } = lab();
    write('a', '1');
    changes.follow(['a'], 1);
    write('a', '2');
    changes.follow(['a', 'b'], 1);
    expect(words(changes.take())).toEqual(['a changed']);
  });

  test('are seen in a new file that was written while it was read, and not in a folder', () => {
    const { changes, write } = lab();
    write('before', '1', 99);
    write('meanwhile', '1', 100);
    write('folder', '1', 100, 'folder');
    changes.follow(['before', 'meanwhile', 'folder'], 100);
    expect(words(changes.take())).toEqual(['meanwhile changed']);
    expect(changes.files).toBe(2);
  });
});
