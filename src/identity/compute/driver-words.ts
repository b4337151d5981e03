/** The driver of a WebGPU adapter in words, as keys have it. */
import { cpus } from 'node:os';
import type { AdapterFacts } from '../../ml/backends/adapter.ts';

/** A driver that computes in software compiles for the processor that it computes on. */
export function driverWords({ vendor, architecture, driver, isSoftware }: AdapterFacts): string {
  const processor = isSoftware ? ` on ${cpus()[0]?.model ?? process.arch}` : '';
  return `${vendor} ${architecture} ${driver}${processor}`;
}
