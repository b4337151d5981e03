/**
 * `npm run torture [-- NAME... --kills N --crowd N --rounds N --nodes N --seed N]`: mutations against an oracle, stages
 * that misbehave, runs that are killed, and faults of a cluster, with a random seed that it prints. Names choose among
 * the files, such as `slurm`. `.ci/run` asks for some of the files, 100 kills, 30 faults of a cluster and the fixed
 * seed.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '3000' },
    crowd: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '300' },
    nodes: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
for (const [option, value] of Object.entries(values))
  if (!/^\d+$/.test(value)) throw new Error(`--${option} ${value} is not a whole number`);

const { kills, crowd, rounds, nodes, seed } = values;
const again = [
  'npm run torture --',
  ...positionals,
  ...Object.entries(values).map(([name, value]) => `--${name} ${value}`),
].join(' ');
console.log(again);
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    '.config/vitest.config.ts',
    '--project',
    'torture',
    // Those on a cluster wait more than they compute.
    '--maxWorkers',
    '3',
    ...positionals,
  ],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PROPERTY_SEED: seed, KILLS: kills, CROWD: crowd, ROUNDS: rounds, NODES: nodes },
  },
);
if (status !== 0) console.log(`repeat it with: ${again}`);
process.exitCode = status ?? 1;
