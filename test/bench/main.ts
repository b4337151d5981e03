/** `npm run bench`: runs the groups that are named (`npm run bench -- engine`), or all but `gpu`. */
import { auditBench } from './audit.bench.ts';
import { dataBench } from './data.bench.ts';
import { editsBench } from './edits.bench.ts';
import { engineBench } from './engine.bench.ts';
import { gpuBench } from './gpu.bench.ts';
import { networksBench } from './networks.bench.ts';
import { referenceBench } from './reference.bench.ts';
import { trainBench } from './train.bench.ts';
import { yearsBench } from './years.bench.ts';

const GROUPS: Readonly<Record<string, (args: readonly string[]) => void | Promise<void>>> = {
  audit: auditBench,
  data: dataBench,
  edits: editsBench,
  engine: engineBench,
  gpu: gpuBench,
  networks: networksBench,
  reference: referenceBench,
  train: trainBench,
  years: yearsBench,
};

/** Few machines have a GPU. */
const EVERYWHERE = Object.keys(GROUPS).filter((name) => name !== 'gpu');

const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const options = process.argv.slice(2).filter((word) => word.startsWith('-'));
const unknown = asked.find((name) => !Object.hasOwn(GROUPS, name));
if (unknown !== undefined) {
  console.error(`There is no group ${unknown} of benchmarks; there is ${Object.keys(GROUPS).join(', ')}.`);
  process.exitCode = 2;
} else {
  for (const name of asked.length === 0 ? EVERYWHERE : asked) await GROUPS[name]!(options);
}
