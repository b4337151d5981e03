/** Random streams for tests, as the engine would make them. */
import type { RandomStreams } from 'restage';
import { nodeSeed, streamsOf } from '../../src/core/identity/random.ts';

export function streams(seed: number): RandomStreams {
  return streamsOf(nodeSeed(seed, 'test', 'test'));
}
