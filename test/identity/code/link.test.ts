import { expect, test } from 'vitest';
import { link, linksBack, unlink } from '../../../src/identity/code/bundles/link.ts';
import { parseModule } from '../../../src/identity/code/text/syntax.ts';

const LINKS = [
  { specifier: 'zod', url: 'file:///lab/node_modules/zod/index.js' },
  { specifier: 'restage-module:src/fit.ts', url: 'file:///lab/src/fit.ts' },
];
const [ZOD, FIT] = LINKS.map(({ url }) => JSON.stringify(url));

test.each([
  ['imports and module URLs', `import{z}from${ZOD};let import_meta_url=${FIT};export{z as default};`, true],
  ['an import() of what is linked', `export default()=>import(${ZOD});`, true],
  ['the same words in a string', `import{z}from${ZOD};export default"zod";`, true],
  ['a specifier that is there already', `import{z}from"zod";export{z as default};`, false],
  ['an import() of a specifier', `import{z}from${ZOD};export default()=>import("zod");`, false],
  ['a URL in other quotes', `import{z}from'${LINKS[0]!.url}';export{z as default};`, false],
])('whether a text links back is told from its syntax, as linking would tell: %s', (_, executable, is) => {
  const program = parseModule(executable);
  const text = unlink(executable, LINKS, program);
  expect(link(text, LINKS) === executable).toBe(is);
  expect(linksBack(executable, program, LINKS)).toBe(is);
});
