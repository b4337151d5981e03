/**
 * The examples of README.md, docs/ and .github/ as a reader would try them. For each page the project is laid out
 * again, with the pipelines of the repository. The page's `ts` files are written there and run; its `sh` blocks run in
 * order, in one shell a page, so that a command costs one process. The shell finds `npx` and `restage` as the built
 * command line.
 *
 * Most pages begin with a run of the same pipelines, and to bundle their code takes longer than to run them. So they
 * have been planned once, at the same path, and every page but the first that a reader opens starts with a copy of that
 * cache.
 */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Block, blocksOf, pages } from '../docs/markdown.ts';
import { disposableDirectory } from '../helpers/disposable.ts';
import { copyKnownPackages } from '../helpers/known-record.ts';
import { linkPackages } from '../helpers/project-directory.ts';
import { CLI, makeProject } from '../helpers/project.ts';

const PIPELINES = fileURLToPath(new URL('../../pipelines', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const project = makeProject();
const planned = join(disposableDirectory('restage-docs-'), 'cache');

beforeAll(async () => {
  layOut([]);
  copyKnownPackages(project.path('cache'));
  // Those that several pages run.
  for (const name of ['light', 'orbit', 'higgs'])
    expect(await call('restage', ['plan', `pipelines/${name}`])).toMatchObject({ code: 0 });
  renameSync(project.path('cache'), planned);
});

/** Nothing of another page is left. */
function layOut(blocks: readonly Block[]): void {
  rmSync(dirname(project.root), { recursive: true, force: true });
  mkdirSync(project.root, { recursive: true });
  linkPackages(project.root);
  project.age();
  cpSync(PIPELINES, project.path('pipelines'), { recursive: true });
  for (const { file, text } of blocks) if (file !== undefined) project.write(file, text);
  for (const [name, shift] of [
    ['npx', '[ "$1" = restage ] || { echo "npx $1 is not restage" >&2; exit 127; }\nshift'],
    ['restage', ':'],
  ] as const) {
    const path = `bin/${name}`;
    project.write(path, `#!/bin/sh\n${shift}\nexec "${process.execPath}" "${CLI}" "$@"\n`);
    chmodSync(project.path(path), 0o755);
  }
}

function call(command: string, args: readonly string[]): Promise<Ended> {
  const hidden = /^(VITEST|NODE_OPTIONS$|NODE_ENV$|TEST$|npm_)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !hidden.test(name)));
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: project.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, PATH: `${project.path('bin')}:${env['PATH'] ?? ''}` },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** The page's shell blocks as one script that stops at the first command that fails, and says where it was. */
function shellScript(blocks: readonly Block[]): string {
  const told = blocks.flatMap(({ line, text }) => [`echo "== line ${line}"`, text]);
  return ['set -euo pipefail', ...told].join('\n');
}

const EXAMPLES = pages()
  .map((page) => ({ page, blocks: blocksOf(page).filter(({ notRun }) => notRun === undefined) }))
  .filter(({ blocks }) => blocks.some(({ language }) => language === 'ts' || language === 'sh'));

describe('the examples of', () => {
  test.each(EXAMPLES.map(({ page, blocks }) => [page, blocks] as const))('%s', async (name, blocks) => {
    layOut(blocks);
    // Who reads the first page has no cache yet.
    if (name !== 'README.md') cpSync(planned, project.path('cache'), { recursive: true });
    const typescript = blocks.filter(({ language }) => language === 'ts');
    for (const { page, line, text } of typescript.filter(({ file }) => file === undefined)) {
      const { code } = await transform(text, { loader: 'ts', format: 'esm' });
      const script = `script-${line}.mjs`;
      project.write(script, code);
      expect({ page, line, ...(await call(process.execPath, [script])) }).toMatchObject({ code: 0 });
    }
    const shell = blocks.filter(({ language }) => language === 'sh');
    // Most pages run their pipeline themselves, by the name of its folder.
    const unnamed = ({ file, text }: Block): boolean =>
      text.includes('export default pipeline') && !shell.some((each) => each.text.includes(`run ${dirname(file!)}`));
    for (const { page, line, file } of typescript.filter(unnamed))
      expect({ page, line, ...(await call('restage', ['run', file!])) }).toMatchObject({ code: 0 });
    const ended = await call('bash', ['-c', shellScript(shell)]);
    expect({ code: ended.code, output: ended.code === 0 ? '' : ended.output.slice(-3000) }).toEqual({
      code: 0,
      output: '',
    });
  });

  test('are found at all, on the pages that have them', () => {
    expect(EXAMPLES.map(({ page }) => page)).toEqual(
      expect.arrayContaining(['README.md', 'docs/api.md', 'docs/io.md', 'docs/ml.md', 'docs/pipelines.md']),
    );
    const blocks = EXAMPLES.flatMap((example) => example.blocks);
    expect(blocks.filter(({ language }) => language === 'ts').length).toBeGreaterThanOrEqual(6);
    expect(blocks.filter(({ text }) => text.includes('export default pipeline')).length).toBeGreaterThanOrEqual(3);
    expect(blocks.filter(({ language }) => language === 'sh').length).toBeGreaterThanOrEqual(12);
  });
});
