import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completeManifest } from '../../src/cli/init/manifest.ts';
import { restageSpec } from '../../src/cli/init/restage-spec.ts';
import { UsageError } from '../../src/errors.ts';
import { restage, sentence } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

function write(file: string, content: unknown): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

describe('the restage of a new project', () => {
  const INSTALLED: readonly (readonly [what: string, recorded: string, spec: string])[] = [
    ['a tarball, from where the new project stands', 'file:../restage-1.0.0.tgz', 'file:../../restage-1.0.0.tgz'],
    ['a folder that is named without file:', './vendor/restage', 'file:../../home/vendor/restage'],
    ['a repository', 'github:someone/restage#v1', 'github:someone/restage#v1'],
    ['a range of a registry', '^1.0.0', '^1.0.0'],
  ];
  test.each(INSTALLED)('is %s', (_, recorded, spec) => {
    const base = temporaryDirectory();
    write(join(base, 'home/package.json'), { devDependencies: { restage: recorded } });
    const installed = join(base, 'home/node_modules/restage');
    expect(restageSpec(installed, join(base, 'new/project'))).toEqual({
      spec,
      origin: `as in ${join(base, 'home/package.json')}`,
    });
  });

  test('is what the lock file says, where it came along with another package', () => {
    const base = temporaryDirectory();
    write(join(base, 'package.json'), { dependencies: { physics: '1.0.0' } });
    write(join(base, 'package-lock.json'), {
      packages: { 'node_modules/restage': { resolved: 'git+https://example.org/restage.git#abc' } },
    });
    expect(restageSpec(join(base, 'node_modules/restage'), join(base, 'new')).spec).toBe(
      'git+https://example.org/restage.git#abc',
    );
  });

  test('is the folder itself, for a clone and for one that is installed for all', () => {
    const base = temporaryDirectory();
    expect(restageSpec(join(base, 'restage'), join(base, 'new'))).toEqual({
      spec: 'file:../restage',
      origin: 'the folder that this command runs from',
    });
    expect(restageSpec(join(base, 'lib/node_modules/restage'), join(base, 'new')).spec).toBe(
      'file:../lib/node_modules/restage',
    );
  });
});

describe('a package.json that is there', () => {
  const restage = {
    dependencies: { 'better-sqlite3': '12.0.0', zod: '4.0.0' },
    devDependencies: { '@types/node': '20.0.0', typescript: '6.0.0', vitest: '4.0.0', yarn: '1.0.0' },
    allowScripts: { 'better-sqlite3': true, yarn: false },
  };
  const complete = (before: object) =>
    completeManifest(before, { name: 'fits', spec: 'file:../restage', restage, file: '/x/package.json' });

  test('keeps all that it says, and gets what is missing', () => {
    expect(
      complete({
        name: '@lab/mine',
        version: '2.0.0',
        license: 'MIT',
        scripts: { test: 'echo "Error: no test specified" && exit 1', start: 'node .' },
        dependencies: { restage: '^1.0.0' },
        devDependencies: { typescript: '5.0.0' },
      }),
    ).toEqual({
      name: '@lab/mine',
      version: '2.0.0',
      license: 'MIT',
      type: 'module',
      scripts: { start: 'node .', test: 'vitest run', typecheck: 'tsc --noEmit' },
      dependencies: { restage: '^1.0.0', zod: '4.0.0' },
      devDependencies: { '@types/node': '20.0.0', typescript: '5.0.0', vitest: '4.0.0' },
      allowScripts: { 'better-sqlite3': true },
    });
  });

  test('of another kind of module is refused', () => {
    expect(() => complete({ type: 'commonjs' })).toThrow(
      new UsageError(
        '/x/package.json says "type": "commonjs", and the files of a restage project are ES modules; change it to "module", or name a new folder: restage init my-project',
      ),
    );
  });
});

describe('restage init', () => {
  const init = (folder: string, name?: string) =>
    restage(['init', folder, '--json', ...(name === undefined ? [] : ['--name', name])]);

  test('names the project by its folder, in words that a pipeline may have', async () => {
    const folder = join(temporaryDirectory(), 'Møller & Bhabha');
    expect((await init(folder)).code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({ name: 'm-ller-bhabha' });
    expect(readFileSync(join(folder, 'stages.ts'), 'utf8')).toContain("name: 'm-ller-bhabha/fit'");
  });

  test('names its file in the command, where another one is what the folder stands for', async () => {
    const folder = temporaryDirectory();
    expect((await restage(['init', '.'], { cwd: folder })).stdout).toContain('npx restage run   # simulates');
    const other = temporaryDirectory();
    write(join(other, 'index.ts'), 'export default 1;');
    expect((await restage(['init', '.'], { cwd: other })).stdout).toContain(
      'npx restage run pipeline.ts   # simulates',
    );
  });

  test('refuses a name, a folder and a package.json that it cannot use', async () => {
    const base = temporaryDirectory();
    write(join(base, 'file'), '');
    write(join(base, 'broken/package.json'), '{');
    write(join(base, 'list/package.json'), []);
    write(join(base, 'taken/stages.ts'), 'mine');
    const refusals: readonly (readonly [folder: string, name: string | undefined, named: RegExp])[] = [
      ['x', 'My Fits', /--name .*lower-case.*My Fits/],
      ['file', undefined, /\/file is a file; .*restage init my-project/],
      ['broken', undefined, /broken\/package\.json cannot be read/],
      ['list', undefined, /list\/package\.json/],
      ['taken', undefined, /\/taken already has stages\.ts/],
    ];
    for (const [folder, name, named] of refusals) {
      const outcome = await init(join(base, folder), name);
      expect([outcome.code, sentence(outcome)]).toEqual([2, expect.stringMatching(named)]);
    }
    expect(readFileSync(join(base, 'taken/stages.ts'), 'utf8')).toBe('mine');
  });
});
