/** The one checkpoint of a stage that trains several networks at the same time, as one for each of them. */
import type { Checkpoint, CheckpointValue } from 'restage';

export interface SharedCheckpoint {
  /** That of training `n`. */
  of(n: number): Checkpoint;
  /** Training `n` saves no more. */
  ended(n: number): void;
}

/** Writes what the trainings save as soon as all that go on have saved again, so that it is written once a round. */
export function sharedCheckpoint(whole: Checkpoint, trainings: number): SharedCheckpoint {
  const loaded = whole.load() as Promise<Readonly<Record<string, CheckpointValue>> | undefined>;
  const latest: Record<string, CheckpointValue> = {};
  const goingOn = new Set(Array.from({ length: trainings }, (_, n) => n));
  const waited = new Set(goingOn);
  return {
    of: (n) => ({
      async load() {
        const own = (await loaded)?.[n];
        if (own !== undefined) latest[n] = own;
        return own;
      },
      async save(value) {
        latest[n] = value;
        waited.delete(n);
        if (waited.size > 0) return;
        for (const other of goingOn) waited.add(other);
        await whole.save({ ...latest });
      },
    }),
    ended(n) {
      goingOn.delete(n);
      waited.delete(n);
    },
  };
}
