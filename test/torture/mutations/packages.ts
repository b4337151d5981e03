/** Packages: what is installed, linked, patched, and what the lock file says of it. */
import { anew, edit, free, type Mutation, neutral, real } from './mutation.ts';

const TINY = 'node_modules/tiny';
const OLD = 'node_modules/old';

const installed: readonly Mutation[] = [
  real('an inner file of a package', edit(`${TINY}/lib/half.js`, 'x / 2', 'x / 4')),
  real('the entry of a package', edit(`${TINY}/index.js`, 'lib/half.js', 'lib/third.js')),
  real('where a package begins', (world) =>
    world
      .write(`${TINY}/main.js`, 'export const half = () => 77;\n')
      .edit(`${TINY}/package.json`, './index.js', './main.js'),
  ),
  real('a condition of a package', (world) =>
    world
      .write(`${TINY}/node.js`, 'export const half = () => 78;\n')
      .edit(`${TINY}/package.json`, '"./index.js"', '{ "node": "./node.js", "default": "./index.js" }'),
  ),
  real('a dependency of a package', edit('node_modules/deep/index.js', 'offset = 5', 'offset = 7')),
  real('another version of a dependency', (world) => world.copy('vendor/deep2', 'node_modules/deep')),
  real('a nested copy of a dependency', (world) => world.copy('vendor/deep2', `${TINY}/node_modules/deep`)),
  neutral('a dependency moves into the package, with the same files', (world) =>
    world.copy('node_modules/deep', `${TINY}/node_modules/deep`),
  ),
  real('a package becomes a link to another', (world) => {
    world
      .copy(TINY, 'elsewhere/tiny')
      .edit('elsewhere/tiny/lib/half.js', 'x / 2', 'x / 5')
      .link(TINY, '../elsewhere/tiny');
    world.copy('node_modules/deep', 'elsewhere/node_modules/deep');
  }),
  real('a file that CommonJS requires', edit(`${OLD}/part.js`, 'odd = 1', 'odd = 9')),
  real('a JSON file that CommonJS requires', edit(`${OLD}/limits.json`, '30', '31')),
  real('which file CommonJS requires', edit(`${OLD}/main.js`, './part.js', './part2.js')),
  real('the main file of a CommonJS package', edit(`${OLD}/package.json`, './main.js', './other.js')),
  real('a file takes precedence in a CommonJS package', (world) =>
    world.edit(`${OLD}/main.js`, './part.js', './part').write(`${OLD}/part`, 'exports.odd = 5;\n'),
  ),
  neutral('the README of a package', edit(`${TINY}/README.md`, '# tiny', '# Tiny')),
  neutral('a file of a package that nothing reaches', edit(`${TINY}/lib/third.js`, 'x / 3', 'x / 9')),
  neutral('a package that nothing imports', edit('node_modules/unused/index.js', 'nothing = 0', 'nothing = 1')),
  neutral('another package is installed', (world) => world.copy('node_modules/unused', 'node_modules/more')),
  neutral(
    'an integrity in the lock file',
    edit('package-lock.json', Buffer.from('tiny@1.0.0').toString('base64'), 'AAAA'),
  ),
  neutral('the lock file is gone', (world) => world.remove('package-lock.json')),
  neutral('the package is installed again', (world) => world.copy(TINY, 'kept').remove(TINY).copy('kept', TINY)),
  free('a version number without any change', edit(`${TINY}/package.json`, '"version": "1.0.0"', '"version": "1.0.1"')),
  free('a comment in a package', (world) => world.append(`${TINY}/lib/half.js`, '// words\n')),
];

const linked: readonly Mutation[] = [
  real('a file of a linked package', edit('packages/kit/index.ts', 'x * KILO', 'x + KILO')),
  real('a file of a linked package, one import down', edit('packages/kit/units.ts', '1000', '1001')),
  neutral('a comment in a linked package', edit('packages/kit/index.ts', 'Weighs.', 'Weighs it.')),
  neutral(
    'the version of a linked package',
    edit('packages/kit/package.json', '"version": "1.0.0"', '"version": "1.1.0"'),
  ),
  real('where a linked package begins', (world) =>
    world
      .write('packages/kit/other.ts', 'export const weigh = (x: number): number => -x;\n')
      .edit('packages/kit/package.json', './index.ts', './other.ts'),
  ),
  real('the link leads to another folder', (world) =>
    world
      .copy('packages/kit', 'packages/kit2')
      .edit('packages/kit2/units.ts', '1000', '2000')
      .link('node_modules/kit', '../packages/kit2'),
  ),
];

export const PACKAGES: readonly Mutation[] = [...installed.map(anew), ...linked];
