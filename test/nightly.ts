/**
 * `npm run test:nightly [-- rounds [seed]]`: all property tests and the run that is killed at random points, round
 * after round. Each round has a random seed and prints it. The first round that fails ends it, with the command that
 * repeats it.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TESTS = join(ROOT, 'test');
const KILLED = 'e2e/killed.test.ts';
/** How often a run is killed in each round. */
const KILLS = '30';

const [rounds = 20, first] = process.argv.slice(2).map(wholeNumber);
const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.test\.tsx?$/.test(file) && readFileSync(join(TESTS, file), 'utf8').includes('fc.assert('),
);
console.log(`${rounds} rounds of ${files.length} files with property tests, and of ${KILLED}`);

for (let round = 1; round <= rounds; round++) {
  const seed = round === 1 && first !== undefined ? first : randomInt(2 ** 31);
  console.log(`\nround ${round} of ${rounds}: seed ${seed}`);
  const words = [
    'run',
    '--config',
    '.config/vitest.config.ts',
    ...[...files, KILLED].map((file) => join('test', file)),
  ];
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...words], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PROPERTY_SEED: String(seed), KILLS },
  });
  if (status === 0) continue;
  console.log(`round ${round} failed; repeat it with: npm run test:nightly -- 1 ${seed}`);
  process.exit(1);
}
console.log(`\nall ${rounds} rounds passed`);

function wholeNumber(word: string): number {
  if (!/^\d+$/.test(word))
    throw new Error(`${word} is not a whole number; write for example: npm run test:nightly -- 20`);
  return Number(word);
}
