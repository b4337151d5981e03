import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { quickScan } from '../../../../src/identity/code/packages/quick-scan.ts';
import { scanModule } from '../../../../src/identity/code/packages/scan.ts';

const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

describe('a quick scan', () => {
  test.each(['zod/v4/core', 'zod/v4/classic', 'magic-string/dist', 'acorn/dist', 'commander', 'hyparquet/src'])(
    'of what is installed at %s says what a full scan says, or nothing',
    (folder) => {
      const files = readdirSync(join(MODULES, folder)).filter((name) => /\.m?js$/.test(name));
      const texts = files.map((name) => readFileSync(join(MODULES, folder, name), 'utf8'));
      for (const text of texts) {
        const quick = quickScan(text);
        if (quick !== undefined) expect(quick).toEqual(scanModule(text));
      }
      expect(files.length).toBeGreaterThan(0);
    },
  );

  test('answers for most modules of a package that is written in import statements', () => {
    const folder = join(MODULES, 'zod/v4/core');
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(texts.filter((text) => quickScan(text) !== undefined).length).toBeGreaterThan(texts.length * 0.7);
  });

  test.each([
    ["import a, { b } from './b';\nimport './a';\nexport * from 'c'; export { d } from 'c';", ['./a', './b', 'c']],
    ["// import './no';\nimport './yes';", ['./yes']],
    ["import { Worker } from 'node:worker_threads';", ['node:worker_threads']],
    ["import 'a' with { type: 'json' };\nconst s = `\n// from me`;", ['a']],
  ])('of %s finds all that it imports', (text, names) => {
    expect(quickScan(text)).toEqual(scanModule(text));
    expect(quickScan(text)!.loads).toEqual(names.map((name) => [name, 'import']));
  });

  test.each([
    'const a = 1;',
    "import './a'; import('./b');",
    "import './a'; const u = import.meta.url;",
    "import './a'; module.require('b');",
    "import './a'; global['req\\u0075ire']('b');",
    "import './a'; global['req\\uire']('b');",
    "import './a'; global['req\\\nuire']('b');",
    "import './a'; new Function('return import\\x28\"b\")');",
    "import './a'; new Function('return im\\port(\"b\")');",
    "import './a'; `\n// ${import('./b')}`;",
    "import './a'; `\n// ${require('./b')}`;",
    "import './a'; const s = \"\\\n// ${require('./b')}\";",
    "import './a'; process.mainModule;",
    "import './a'; read(__dirname);",
    "import './a'; /* import './b' */",
    "import './a'; '",
  ])('of %s leaves the answer to a parser', (text) => {
    expect(quickScan(text)).toBeUndefined();
  });
});
