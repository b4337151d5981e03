/** The numbers by which executions with several seeds are compared: metrics, and the numbers in JSON outputs. */
import type { Output } from '../../core/artifact/artifact.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { numberLeaves } from '../runs/number-leaves.ts';
import type { Numbers } from './over-seeds.ts';

export interface SaidMetric {
  readonly name: string;
  readonly value: number;
}

/** Larger outputs are data, and not results that a person compares. */
const LONGEST_JSON = 2 ** 20;

/** Of a metric its last value. `read` gives the bytes of an output. @throws what `read` throws */
export function numbersOf(
  outputs: readonly Output[],
  metrics: readonly SaidMetric[],
  read: (output: Output) => Uint8Array,
): Numbers {
  const leaves = outputs
    .filter(({ kind, bytes }) => kind === 'json' && bytes <= LONGEST_JSON)
    .flatMap((output) => numberLeaves(JSON.parse(Buffer.from(read(output)).toString()) as CanonicalValue, output.name));
  return new Map([
    ...metrics.map(({ name, value }) => [`metric ${name}`, value] as const),
    ...leaves.map(({ path, value }) => [path, value] as const),
  ]);
}
