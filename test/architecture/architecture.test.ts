import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { importsIn, type Sources } from './imports.ts';
import {
  barrels,
  circles,
  crowdedFolders,
  impureFiles,
  longFiles,
  ROOMS,
  roomOf,
  silentFiles,
  vagueMath,
  wrongBuiltins,
  wrongFloors,
  wrongInPipelines,
  wrongPackages,
} from './rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES: Sources = new Map([...sourcesIn('src'), ...sourcesIn('pipelines')]);

/** The real sources, with one more file or another text in place of one. */
function planted(file: string, text: string): Sources {
  return new Map(SOURCES).set(file, text);
}

describe('the rooms of the house', () => {
  test('are seen at all, every one of them', () => {
    expect(SOURCES.size).toBeGreaterThan(200);
    expect(importsIn(SOURCES).length).toBeGreaterThan(800);
    const inhabited = new Set([...SOURCES.keys()].map(roomOf));
    expect(ROOMS.filter((room) => !inhabited.has(room))).toEqual([]);
  });

  test('import only from floors below', () => {
    expect(wrongFloors(SOURCES)).toEqual([]);
  });

  test('import packages only where they belong', () => {
    expect(wrongPackages(SOURCES)).toEqual([]);
    expect(wrongBuiltins(SOURCES)).toEqual([]);
    expect(wrongInPipelines(SOURCES)).toEqual([]);
  });

  test('have no circle of imports', () => {
    expect(circles(SOURCES)).toEqual([]);
  });

  test('have no barrel but the public entries, no file without a first comment, no long file and no long list', () => {
    expect(barrels(SOURCES)).toEqual([]);
    expect(silentFiles(SOURCES)).toEqual([]);
    expect(longFiles(SOURCES)).toEqual([]);
    expect(crowdedFolders(SOURCES)).toEqual([]);
  });

  test('keep clock, chance and disk out of what has to be pure, and physics out of ml', () => {
    expect(impureFiles(SOURCES)).toEqual([]);
    expect(vagueMath(SOURCES)).toEqual([]);
  });
});

describe('a planted violation is found:', () => {
  const HEAD = '/** Planted. */\n';
  const cases: readonly (readonly [
    what: string,
    rule: (sources: Sources) => readonly unknown[],
    file: string,
    text: string,
  ])[] = [
    ['core imports store', wrongFloors, 'src/core/graph/x.ts', "import { Cache } from '../../store/cache.ts';"],
    [
      'a room imports one above it as a type',
      wrongFloors,
      'src/store/x.ts',
      "import type { P } from '../planning/plan/planner.ts';",
    ],
    [
      'a sub-folder imports one above it',
      wrongFloors,
      'src/core/identity/x.ts',
      "import { stage } from '../authoring/stage.ts';",
    ],
    [
      'store/record imports store/query',
      wrongFloors,
      'src/store/record/x.ts',
      "import { States } from '../query/states.ts';",
    ],
    [
      'the model of the view imports the view',
      wrongFloors,
      'src/ui/model/x.ts',
      "import { drawFrame } from '../ink/frame.ts';",
    ],
    ['a file at the root of ui', wrongFloors, 'src/ui/x.ts', "import { cut } from './text/cells.ts';"],
    [
      'execution imports an executor',
      wrongFloors,
      'src/execution/x.ts',
      "import { W } from '../executors/worker/worker-executor.ts';",
    ],
    [
      'execution loads an executor lazily',
      wrongFloors,
      'src/execution/x.ts',
      "await import('../executors/worker/worker-executor.ts');",
    ],
    [
      'an attempt imports an executor',
      wrongFloors,
      'src/executors/attempt/x.ts',
      "import { P } from '../worker/protocol.ts';",
    ],
    [
      'the choice of a backend imports ml at once',
      wrongFloors,
      'src/identity/compute/x.ts',
      "import { B } from '../../ml/backends/backends.ts';",
    ],
    [
      'a worker imports what starts it',
      wrongFloors,
      'src/executors/worker/child/x.ts',
      "import { death } from '../parent/death.ts';",
    ],
    [
      'the order of linking imports what reads sources',
      wrongFloors,
      'src/identity/code/linking/x.ts',
      "import type { SourceGraph } from '../sources/source-graph.ts';",
    ],
    [
      'a codec imports the registry of codecs beside its folder',
      wrongFloors,
      'src/core/artifact/codecs/x.ts',
      "import { codecOf } from '../registry.ts';",
    ],
    [
      'a file at the root imports a room',
      wrongFloors,
      'src/own-process.ts',
      "import { Cache } from './store/cache.ts';",
    ],
    ['a folder has no row of its own', wrongFloors, 'src/ml/attic/x.ts', 'export const x = 1;'],
    ['a file is in an unlisted room', wrongFloors, 'src/attic/x.ts', "import { Cache } from '../store/cache.ts';"],
    [
      'a package is imported in the wrong room',
      wrongPackages,
      'src/execution/x.ts',
      "import Database from 'better-sqlite3';",
    ],
    ['a package has no rule', wrongPackages, 'src/execution/x.ts', "import _ from 'lodash';"],
    ['a builtin has no node:', wrongBuiltins, 'src/store/x.ts', "import { join } from 'path';"],
    [
      'a pipeline reaches into src',
      wrongInPipelines,
      'pipelines/x/index.ts',
      "import { Cache } from '../../src/store/cache.ts';",
    ],
    [
      'a file imports itself in a circle of two',
      circles,
      'src/errors.ts',
      "import type { E } from './events.ts';\nexport type X = E;",
    ],
    ['a barrel', barrels, 'src/store/index.ts', "export * from './cache.ts';"],
    ['a long file', longFiles, 'src/store/x.ts', 'const x = 1;\n'.repeat(351)],
    ['core reads the disk', impureFiles, 'src/core/graph/x.ts', "import { readFileSync } from 'node:fs';"],
    ['ml asks the clock', impureFiles, 'src/ml/x.ts', 'Date.now();'],
    ['ml knows physics', impureFiles, 'src/ml/x.ts', '// a jet'],
    ['core takes a logarithm from Math', vagueMath, 'src/core/numeric/x.ts', 'Math.log(2);'],
  ];

  test.each(cases)('%s', (_, rule, file, text) => {
    expect(rule(planted(file, HEAD + text))).toHaveLength(1);
  });

  test('a folder is a long list of files', () => {
    const list = Array.from({ length: 26 }, (_, i) => [`src/store/list/x${i}.ts`, HEAD] as const);
    expect(crowdedFolders(new Map([...SOURCES, ...list.slice(1)]))).toEqual([]);
    expect(crowdedFolders(new Map([...SOURCES, ...list]))).toEqual(['src/store/list']);
  });

  test('a file says nothing of what it owns', () => {
    expect(silentFiles(planted('src/store/x.ts', 'export {};'))).toEqual(['src/store/x.ts']);
  });
});

function sourcesIn(directory: string): readonly (readonly [string, string])[] {
  return readdirSync(join(ROOT, directory), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const);
}
