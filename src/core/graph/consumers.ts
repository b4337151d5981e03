/**
 * Who depends on whom, the other way round: in two arrays of numbers, since a list for each of 10,000 nodes takes time.
 */

export interface Consumers {
  /** By node, where its consumers begin in `list`; one more entry says where the last node's end. */
  readonly start: Uint32Array;
  /** Consumers, in the order of nodes; each once for a producer, however many inputs it has from there. */
  readonly list: Uint32Array;
}

/** @param producersOf the nodes that a node depends on, which may repeat; negative numbers are none */
export function consumersOf(nodes: number, producersOf: (node: number) => readonly number[]): Consumers {
  const start = new Uint32Array(nodes + 1);
  // By producer, the last consumer that was counted, plus one.
  const counted = new Uint32Array(nodes);
  const forEachEdge = (visit: (producer: number, consumer: number) => void): void => {
    counted.fill(0);
    for (let consumer = 0; consumer < nodes; consumer++) {
      const producers = producersOf(consumer);
      for (let at = 0; at < producers.length; at++) {
        const producer = producers[at]!;
        if (producer < 0 || counted[producer] === consumer + 1) continue;
        counted[producer] = consumer + 1;
        visit(producer, consumer);
      }
    }
  };
  forEachEdge((producer) => (start[producer + 1]! += 1));
  for (let node = 0; node < nodes; node++) start[node + 1]! += start[node]!;
  const list = new Uint32Array(start[nodes]!);
  const next = start.slice();
  forEachEdge((producer, consumer) => (list[next[producer]!++] = consumer));
  return { start, list };
}
