/** The files of the build that commands load: few of them, and one instance of each module. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { logOfLoads } from '../helpers/log-of-loads.ts';
import { makeProject } from '../helpers/project.ts';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
/** bin, start, errors, common, record, what answers share, the verb's own, and a stage's declarations. */
const MOST_FILES = 8;
const QUESTIONS = [
  ['log'],
  ['log', '--where', 'digits>1'],
  ['show', 'run:1'],
  ['show', 'source'],
  ['compare', '1', '2'],
  ['metrics'],
  ['how', 'run:1/source', '--without-today'],
  ['uses', 'run:1/source'],
  ['cost'],
];
/** Their words differ by the package diff, which has files of its own. */
const OF_TEXTS = [
  ['why', '1', '2'],
  ['diff', 'run:1', 'run:2'],
];

test('an answer from the record loads a few files, and neither the machinery of runs nor zod', async () => {
  const project = makeProject('lab');
  expect((await project.run()).code).toBe(0);
  expect((await project.run(['-S', 'digits=2'])).code).toBe(0);
  const loads = async (words: readonly string[], name: string): Promise<readonly string[]> => {
    const log = project.beside(name);
    const env = { NODE_OPTIONS: logOfLoads(log) };
    const { code, stderr } = await project.restage([...words, '--cache', project.cache], { env });
    expect([words, stderr]).toEqual([words, '']);
    expect(code).toBeLessThanOrEqual(1);
    return readFileSync(log, 'utf8').split('\n');
  };
  for (const [index, words] of [...QUESTIONS, ...OF_TEXTS].entries()) {
    const loaded = await loads(words, `loaded-${index}`);
    const own = loaded.filter((url) => url.includes('/dist/')).map((url) => url.slice(url.indexOf('/dist/')));
    expect([words, own.length <= MOST_FILES + (OF_TEXTS.includes(words) ? 1 : 0) ? [] : own]).toEqual([words, []]);
    expect(own.join(' ')).not.toMatch(/dist\/(?:hot|run|code|attempt)\.js/);
    expect(loaded.join(' ')).not.toMatch(/node_modules\/(?:zod|esbuild|ink|react|commander)\//);
  }
});

test('a module is in one bundle, and its own file passes on what is there', () => {
  const homes = new Map<string, Set<string>>();
  const bundles = [DIST, join(DIST, 'answers')].flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
      .map((entry) => join(folder, entry.name)),
  );
  for (const bundle of bundles)
    for (const [, module] of readFileSync(bundle, 'utf8').matchAll(/^\/\/ dist\/(\S+)$/gm))
      homes.set(module!, (homes.get(module!) ?? new Set()).add(relative(DIST, bundle)));
  expect(homes.size).toBeGreaterThan(300);
  expect([...homes].filter(([, inBundles]) => inBundles.size > 1)).toEqual([]);
  const whole = [...homes.keys()].filter((module) => !/^export \{.*\} from '\S+';\n$/.test(textOf(module)));
  // Part of the code of stages, which reads them as they were written. None of them has a class or anything that
  // changes.
  expect(whole.sort()).toEqual([
    'core/artifact/canonical-nan.js',
    'core/artifact/dtypes.js',
    'core/artifact/given.js',
    'core/artifact/tensors.js',
    'core/artifact/typed-array.js',
    'core/diagnostics/did-you-mean.js',
    'core/diagnostics/errno.js',
    'core/identity/canonical.js',
  ]);
});

function textOf(module: string): string {
  return readFileSync(join(DIST, module), 'utf8');
}
