/**
 * Which states lose their bytes, and in which order: first the one that takes the least time to make again for each
 * byte. A pure function. To make a state again takes its own time and that of each state above it whose bytes are not
 * there, so what goes early makes what is made of it dearer.
 */

/** A state whose bytes may go. */
export interface Candidate {
  /** Id of its row. */
  readonly state: number;
  /** How much is free without its bytes; more than 0. */
  readonly bytes: number;
  /** Ids of the artifacts that it loses. */
  readonly artifacts: readonly number[];
}

export interface Lineage {
  /** What the state was made of, as far as it may have to be made again: not files, and not what is in the database. */
  readonly inputs: (state: number) => readonly { readonly producer: number; readonly artifact: number }[];
  /** How long the state took to make. */
  readonly seconds: (state: number) => number;
  /** Whether the bytes of an artifact are missing from the beginning. */
  readonly isGone: (artifact: number) => boolean;
}

export interface Chosen extends Candidate {
  /** What it takes to make it again, with what is gone by its turn. */
  readonly seconds: number;
}

/** As many as free `wanted` bytes, or all. In the order of their turns. */
export function chooseEvictions(candidates: readonly Candidate[], lineage: Lineage, wanted: number): readonly Chosen[] {
  const gone = new Set<number>();
  const priced = (candidate: Candidate): Chosen => ({ ...candidate, seconds: secondsToMake(candidate.state) });
  // A price only ever rises, so one that was worked out earlier is the least that it can be now.
  const queue = candidates.map(priced).sort(inTurn);
  const chosen: Chosen[] = [];
  let freed = 0;
  for (let at = 0; at < queue.length && freed < wanted; at++) {
    const now = priced(queue[at]!);
    const next = queue[at + 1];
    if (next !== undefined && inTurn(next, now) < 0) {
      putBack(queue, now, at + 1);
      continue;
    }
    chosen.push(now);
    freed += now.bytes;
    for (const artifact of now.artifacts) gone.add(artifact);
  }
  return chosen;

  function secondsToMake(state: number): number {
    const needed = new Set([state]);
    let seconds = 0;
    // A set is walked in the order in which it grows.
    for (const each of needed) {
      seconds += lineage.seconds(each);
      for (const { producer, artifact } of lineage.inputs(each))
        if (gone.has(artifact) || lineage.isGone(artifact)) needed.add(producer);
    }
    return seconds;
  }
}

/** By seconds for each byte; then the larger one first, and the older one. */
function inTurn(a: Chosen, b: Chosen): number {
  return a.seconds / a.bytes - b.seconds / b.bytes || b.bytes - a.bytes || a.state - b.state;
}

/** Into the sorted rest of the queue, from this place on. */
function putBack(queue: Chosen[], entry: Chosen, from: number): void {
  let [low, high] = [from, queue.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inTurn(queue[middle]!, entry) < 0) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, entry);
}
