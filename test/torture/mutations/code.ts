/** The stages' own code, their helpers, constants and JSON files. */
import { edit, free, type Mutation, neutral, real } from './mutation.ts';

const FIT = 'stages/fit.ts';
const FEATURES = 'lib/features.ts';

/** Each changes one thing that the stage `features` reaches. */
const FEATURE_EDITS: readonly (readonly [what: string, from: string, to: string])[] = [
  ['a member of a constant object', 'large: 2', 'large: 1'],
  ['a function in an initialiser', '(_, i) => i * i)', '(_, i) => i + i)'],
  ['a frozen object', 'depth: 11', 'depth: 12'],
  ['an entry of a Map', "['two', 2]", "['two', 3]"],
  ['a destructured list', '[21, 22, 23]', '[21, 22, 24]'],
  ['a default in a pattern', 'leaf = 31', 'leaf = 32'],
  ['a regular expression', '/a+(b)/u', '/a(a)b/u'],
  ['a bigint', '41n', '42n'],
  ['a template', '`t${', '`u${'],
  ['a tagged template', 'x${51}y', 'x${52}y'],
  ['the tag of a template', "join('|')", "join('-')"],
  ['the argument of a call at module level', 'makeTable(3)', 'makeTable(4)'],
  ['a function that is called at module level', 'i + 101', 'i + 102'],
  ['a default of an argument', 'add = 61', 'add = 62'],
  ['a variable that is written in another place', 'counted = 72;\n  }', 'counted = 73;\n  }'],
  ['the description of a symbol', "Symbol('mark')", "Symbol('Mark')"],
  ['a static member', 'count = 81', 'count = 82'],
  ['a static block', 'count += 1', 'count += 2'],
  ['the name of a class', 'class Square extends', 'class Squarf extends'],
  ['a getter', 'return 91', 'return 92'],
  ['a call of the parent class', 'super.area + 1', 'super.area + 2'],
  ['a generator', 'yield 112', 'yield 113'],
  ['a switch', "default:\n      return 'large'", "default:\n      return 'Large'"],
  ['a caught error', "new Error('131')", "new Error('132')"],
  ['an operator ??', '?? 141', '?? 142'],
  ['a member of a list', '[151, 152]', '[151, 153]'],
];

export const CODE: readonly Mutation[] = [
  ...FEATURE_EDITS.map(([what, from, to]) =>
    real(what, (world) => {
      const renamed = from.startsWith('class Square');
      world.edit(FEATURES, from, to);
      if (renamed)
        world.edit(FEATURES, 'Square.describe()', 'Squarf.describe()').edit(FEATURES, 'new Square()', 'new Squarf()');
    }),
  ),
  neutral('a comment in a helper', edit(FEATURES, 'One of each thing', 'One of all things')),
  neutral('a type in a helper', edit(FEATURES, 'function risky(): number', 'function risky(): number | string')),
  neutral('white space in a helper', edit(FEATURES, 'const big = 41n;', 'const   big =\n  41n;')),
  neutral('quotes in a helper', edit(FEATURES, "const symbol = Symbol('mark')", 'const symbol = Symbol("mark")')),
  real('a literal in run', edit(FIT, 'total * 10', 'total * 20')),
  real('the order of operations in run', edit(FIT, 'layer.width + i, 0', 'layer.width - i, 0')),
  neutral('a comment in a stage', edit(FIT, '  async run(', '  /** Fits. */\n  async run(')),
  neutral('a type in a stage', edit(FIT, 'const width =', 'const width: number =')),
  free('the name of a local variable', (world) =>
    world.edit(FIT, 'const centre =', 'const middle =').edit(FIT, 'scale(centre)', 'scale(middle)'),
  ),
  real('a constant two imports down', edit('lib/constants.ts', 'EPSILON = 0.001', 'EPSILON = 0.002')),
  neutral('a constant that nothing uses', edit('lib/constants.ts', 'UNUSED = 7', 'UNUSED = 8')),
  neutral('a function that nothing uses', edit('lib/math.ts', 'values.length >> 1', 'values.length >> 2')),
  neutral('a function is added to a helper', (world) =>
    world.append('lib/math.ts', 'export const first = (v: readonly number[]) => v[0];\n'),
  ),
  real('a function of a helper', edit('lib/math.ts', 'sum(values) / values.length', 'sum(values) / values.length + 1')),
  real('a private member of a class', edit('lib/model.ts', 'this.#start * 2', 'this.#start * 3')),
  real('a static constant of a class', edit('lib/model.ts', 'base = 10', 'base = 11')),
  real('the name of a class whose name is a result', (world) =>
    world
      .edit('lib/model.ts', 'export class Model', 'export class Modul')
      .edit('lib/model.ts', 'Model.base', 'Modul.base')
      .edit(FIT, '{ Model }', '{ Modul }')
      .edit(FIT, 'new Model(', 'new Modul('),
  ),
  real('a generator of a helper', edit('lib/parse.ts', 'yield Number(line)', 'yield Number(line) + 1')),
  real('a name that is passed on', edit('lib/triple.ts', 'x * 3', 'x * 5')),
  neutral('a module that is passed on and not used', edit('lib/more.ts', 'more = 5', 'more = 6')),
  real('a default export', edit('lib/exports.ts', "'default'", "'Default'")),
  real('a named export beside it', edit('lib/exports.ts', "= 'named'", "= 'Named'")),
  real('a number in a JSON file', edit('lib/table.json', '"gain": 1.5', '"gain": 2.5')),
  real('a number in a list of a JSON file', edit('lib/table.json', '[1, 2, 3]', '[1, 4, 3]')),
  real('a number in a JSON file that is too large', edit('lib/table.json', '[1, 2, 3]', '[1, 1e99, 3]')),
  neutral('white space in a JSON file', edit('lib/table.json', '"gain": 1.5,', '"gain":   1.5,\n')),
  free('a member of a JSON file that nothing uses', edit('lib/table.json', '"word"', '"Word"')),
  free('the order of members in a JSON file', (world) =>
    world.write('lib/table.json', '{ "offsets": [1, 2, 3], "gain": 1.5, "unused": "word" }\n'),
  ),
  real('the target of an import with #', edit('lib/scale.ts', 'x * 3', 'x * 5')),
  real('what an import with # means', (world) => world.edit('package.json', './lib/scale.ts', './lib/scale-other.ts')),
  real('an import of another module', edit(FIT, "from '#scale'", "from '../lib/scale-other.ts'")),
  neutral('an import of the same module in another way', edit(FIT, "from '#scale'", "from '../lib/scale.ts'")),
  real('an enumerated value', edit(FIT, "mode === 'mean'", "mode === 'sum'")),
  real('a helper is replaced by one of another name', (world) =>
    world.edit(FIT, '{ mean, sum }', '{ median as mean, sum }'),
  ),
  free('a stricter schema that its values pass', edit(FIT, 'rate: z.number()', 'rate: z.number().min(0)')),
  real('code of the observation', edit('stages/mix.ts', 'to ${digits} digits', 'with ${digits} digits')),
  real('two files at once', (world) =>
    world.edit('lib/triple.ts', 'x * 3', 'x * 6').edit('lib/constants.ts', 'EPSILON = 0.001', 'EPSILON = 0.003'),
  ),
];
