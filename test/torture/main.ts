/**
 * `npm run torture [-- --kills N --crowd N --seed N]`: mutations against an oracle, stages that misbehave, and runs that
 * are killed, with a random seed that it prints. `.ci/run` asks for 300 kills and the fixed seed.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '3000' },
    crowd: { type: 'string', default: '16' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
for (const [option, value] of Object.entries(values))
  if (!/^\d+$/.test(value)) throw new Error(`--${option} ${value} is not a whole number`);

const { kills, crowd, seed } = values;
const again = `npm run torture -- --kills ${kills} --crowd ${crowd} --seed ${seed}`;
console.log(again);
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--config', '.config/vitest.config.ts', '--project', 'torture'],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PROPERTY_SEED: seed, KILLS: kills, CROWD: crowd } },
);
if (status !== 0) console.log(`repeat it with: ${again}`);
process.exitCode = status ?? 1;
