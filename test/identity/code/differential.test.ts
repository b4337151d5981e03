import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bundleStages } from '../../../src/identity/code/bundle.ts';
import { DefinitionError } from '../../../src/errors.ts';
import { emptyProject, freshDirectory } from './fixture.ts';
import { type ModuleGraph, moduleGraphs } from './random-modules.ts';

const project = emptyProject();
const world = globalThis as { events?: unknown[] };
let graphs = 0;

/** Vitest leaves it to Node to load files of such names. */
function nodeFile(directory: string, text: string): string {
  mkdirSync(join(directory, 'code'), { recursive: true });
  const name = createHash('sha256').update(`${directory}${text}`).digest('hex');
  const file = join(directory, 'code', `${name}.mjs`);
  writeFileSync(file, text);
  return file;
}

/**
 * What can be seen of loading a stage's module and calling its function: order of effects, result, error. V8's message
 * about a variable that is read too early has the name from the module that reads it, in a bundle the variable's own.
 */
async function observe(file: string): Promise<unknown> {
  world.events = [];
  try {
    const loaded = (await import(pathToFileURL(file).href)) as Readonly<
      Record<string, { readonly run: () => unknown }>
    >;
    const stage = loaded['x'] ?? loaded['default']!;
    return { result: described(await stage.run()), events: world.events };
  } catch (error) {
    return {
      error:
        error instanceof Error
          ? [error.name, error.message.replace(/Cannot access '.+'/, 'Cannot access a variable')]
          : error,
      events: world.events,
    };
  }
}

function described(value: unknown, seen = new Map<unknown, number>()): unknown {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return [typeof value, String(value)];
  const known = seen.get(value);
  if (known !== undefined) return `#${known}`;
  seen.set(value, seen.size);
  const tag = Object.prototype.toString.call(value);
  const within = (it: unknown): unknown => described(it, seen);
  if (value instanceof Map) return [tag, [...value].map(within)];
  if (ArrayBuffer.isView(value)) return [tag, [...(value as Float64Array)].map(within)];
  const members = Reflect.ownKeys(value)
    .filter((key) => key !== 'prototype' && key !== Symbol.toStringTag)
    .map((key) => {
      let member: unknown;
      try {
        member = within((value as Record<PropertyKey, unknown>)[key]);
      } catch (error) {
        member = String(error);
      }
      return [String(key), member];
    });
  const { constructor } = value as { readonly constructor?: { readonly name?: unknown } };
  return [typeof value, tag, within(constructor?.name), Object.isExtensible(value), members];
}

/** One line for each value, so that a difference is easy to find. */
function lines(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${path} ${String(value)}`];
  return Object.entries(value).flatMap(([key, member]) => lines(member, `${path}/${key}`));
}

test('random graphs of modules give from a bundle what they give in plain Node', async () => {
  let refused = 0;
  let failed = 0;
  const check = async (graph: ModuleGraph): Promise<void> => {
    const directory = join(project.root, `g${graphs++}`, 'code');
    mkdirSync(directory, { recursive: true });
    for (const [name, text] of Object.entries(graph)) writeFileSync(join(directory, name), text);
    const entry = join(directory, 'entry.mjs');
    const main = join(directory, `${'0'.repeat(64)}.mjs`);
    writeFileSync(main, "export { x } from './entry.mjs';\n");
    const plain = await observe(main);
    let executable: string;
    try {
      const { stages } = await bundleStages(entry, ['demo/x']);
      executable = stages[0]!.executable;
    } catch (error) {
      // Refusing is right where a bundle could not do the same.
      if (!(error instanceof DefinitionError)) throw error;
      expect(error.message).toMatch(/import\(\)|No matching export|awaits at module level/);
      refused++;
      return;
    }
    const bundled = await observe(nodeFile(freshDirectory(), executable));
    if ('error' in (plain as object)) failed++;
    expect(
      lines(bundled),
      `${Object.entries(graph)
        .map(([name, text]) => `// ${name}\n${text}`)
        .join('\n')}\n// bundle\n${executable}`,
    ).toEqual(lines(plain));
  };
  await fc.assert(fc.asyncProperty(moduleGraphs, check), { numRuns: 100 });
  // Most of them show something, or the comparison means nothing.
  expect(refused + failed).toBeLessThan(graphs / 2);
});
