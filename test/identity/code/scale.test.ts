import { expect, test } from 'vitest';
import { bundleDefinition, bundleStages } from '../../../src/identity/code/bundle.ts';
import { emptyProject } from './fixture.ts';

test('12 stages over 150 modules of 12 functions each', async () => {
  const project = emptyProject();
  const names = Array.from({ length: 12 }, (_, i) => `demo/stage-${i}`);
  for (let m = 0; m < 150; m++) {
    const imports = [2 * m + 1, 2 * m + 2].filter((it) => it < 150);
    const functions = Array.from(
      { length: 12 },
      (_, f) => `export function f${m}x${f}(a: number, b: { readonly c: number }): number {
  // function ${f} of module ${m}
  const total = a * ${f} + b.c;
  return total > ${m} ? ${imports.map((it) => `f${it}x${f}(total, b)`).join(' + ') || 'total'} : a;
}
`,
    );
    const head = imports.map(
      (it) => `import { ${functions.map((_, f) => `f${it}x${f}`).join(', ')} } from './m${it}.ts';\n`,
    );
    project.write(`src/m${m}.ts`, [...head, ...functions].join(''));
  }
  names.forEach((name, i) => {
    project.write(
      `src/stage${i}.ts`,
      `import { stage } from 'restage';
import { z } from 'zod';
import { f0x${i} } from './m0.ts';
export const s${i} = stage({ name: '${name}', params: z.strictObject({ a: z.int() }), run: () => f0x${i}(1, { c: 2 }) });
`,
    );
  });
  project.write('src/pipeline.ts', names.map((_, i) => `export { s${i} } from './stage${i}.ts';\n`).join(''));
  const start = performance.now();
  const { stages } = await bundleStages(project.path('src/pipeline.ts'), names);
  const bundled = performance.now();
  const one = await bundleStages(project.path('src/pipeline.ts'), names.slice(0, 1));
  const again = performance.now();
  await bundleDefinition(project.path('src/pipeline.ts'));
  const defined = performance.now();
  const characters = stages.reduce((sum, { text }) => sum + text.length, 0);
  console.log(
    `12 stages of ${characters} characters over 162 modules: ${Math.round(bundled - start)} ms; one stage: ${Math.round(again - bundled)} ms; the definition: ${Math.round(defined - again)} ms`,
  );
  expect(new Set(stages.map(({ digest }) => digest)).size).toBe(12);
  expect(one.stages[0]!.digest).toBe(stages[0]!.digest);
});
