/**
 * What the compiler says about the pages' `ts` blocks, and the public names of the three entries. One program for both:
 * the blocks are files that exist only for the compiler, in a folder where "restage" means the sources.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Block, blocksOf, pages, ROOT } from './markdown.ts';
import { IO_NAMES, ML_NAMES, RESTAGE_NAMES } from './public-names.ts';

/** The first look at a type checks much of the sources: seconds, or more on a busy machine. */
const SLOW = { timeout: 120_000 };

const BLOCKS = pages()
  .flatMap((page) => blocksOf(page))
  .filter(({ language }) => language === 'ts');
const PLANTED = 'test/docs/pages/planted.ts';

/** Each page has a folder, so that its files may import each other. */
function pathOf({ page, line, file }: Block): string {
  return join(ROOT, 'test/docs/pages', page.replace('.md', ''), file ?? `block-${line}.ts`);
}

const texts = new Map<string, string>([
  ...BLOCKS.map((block) => [pathOf(block), block.text] as const),
  [join(ROOT, PLANTED), "import { stage } from 'restage';\nstage({ name: 1 });\nexport {};\n"],
]);
// A program takes hundreds of megabytes, and other test files may share the process.
let compiled: ts.Program | undefined;
beforeAll(() => {
  compiled = compile(texts);
}, SLOW.timeout);
afterAll(() => {
  compiled = undefined;
});

function compile(files: ReadonlyMap<string, string>): ts.Program {
  const read = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.convertCompilerOptionsFromJson(
    (read.config as { readonly compilerOptions: unknown }).compilerOptions,
    ROOT,
  );
  const host = ts.createCompilerHost(options);
  const folders = new Set([...files.keys()].map((path) => join(path, '..')));
  const original = { ...host };
  host.fileExists = (path) => files.has(path) || original.fileExists(path);
  host.readFile = (path) => files.get(path) ?? original.readFile(path);
  host.directoryExists = (path) => folders.has(path) || original.directoryExists!(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = files.get(path);
    return text === undefined
      ? original.getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, text, version, true);
  };
  const entries = ['src/index.ts', 'src/ml/index.ts', 'src/io/index.ts'].map((path) => join(ROOT, path));
  return ts.createProgram([...entries, ...files.keys()], { ...options, noEmit: true }, host);
}

function complaints(path: string): readonly string[] {
  const program = compiled!;
  const source = program.getSourceFile(path)!;
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ start = 0, messageText }) =>
      `line ${source.getLineAndCharacterOfPosition(start).line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

function exportedNames(entry: string): readonly string[] {
  const program = compiled!;
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(join(ROOT, entry))!)!;
  return checker
    .getExportsOfModule(module)
    .map(({ name }) => name)
    .sort();
}

describe('the ts blocks of the pages', SLOW, () => {
  test.each(BLOCKS.map((block) => [`${block.page}:${block.line}`, block] as const))('compile: %s', (_, block) => {
    expect(complaints(pathOf(block))).toEqual([]);
  });

  test('are whole files, so that a reader can copy them', () => {
    expect(BLOCKS.filter(({ text }) => !/^import /m.test(text))).toEqual([]);
  });

  test('would not compile with a wrong type', () => {
    expect(complaints(join(ROOT, PLANTED)).length).toBeGreaterThan(0);
  });
});

describe('the public names', SLOW, () => {
  test.each([
    ['restage', 'src/index.ts', RESTAGE_NAMES],
    ['restage/ml', 'src/ml/index.ts', ML_NAMES],
    ['restage/io', 'src/io/index.ts', IO_NAMES],
  ])('of %s are those that are listed', (_, entry, names) => {
    expect(exportedNames(entry)).toEqual([...names.values, ...names.types].sort());
  });
});
