/** Several installations of one name, and packages that use each other. */
import { describe, expect, test } from 'vitest';
import { type Fixture } from './fixture.ts';
import { changedBy, digests, install, type Package, user } from './installed.ts';

describe('several installations of one name', () => {
  const version = (x: number): Package => ({
    json: { version: `${x}.0.0` },
    files: { 'index.js': `export const x = ${x};\n` },
  });
  const consumer = (): Package => ({ files: { 'index.js': "export { x } from 'x';\n" } });
  const twoConsumers = (a: number, b: number): Fixture => {
    const project = user('pa', 'pb');
    for (const [name, x] of [
      ['pa', a],
      ['pb', b],
    ] as const) {
      install(project, `node_modules/${name}`, consumer());
      install(project, `node_modules/${name}/node_modules/x`, version(x));
    }
    return project;
  };

  test('change when they are exchanged between their users', async () => {
    const [one, other] = [twoConsumers(1, 2), twoConsumers(2, 1)];
    const [before, after] = [await digests(one), await digests(other)];
    expect(after['x']).not.toBe(before['x']);
    expect({ ...after, x: '' }).toEqual({ ...before, x: '' });
    expect((await one.bundle()).packages.find(({ name }) => name === 'x')!.version).toBe('1.0.0 2.0.0');
  });

  test('change when they are exchanged deep below, under users of one name', async () => {
    const deep = (a: number, b: number): Fixture => {
      const project = user('pa', 'pb');
      for (const [name, x] of [
        ['pa', a],
        ['pb', b],
      ] as const) {
        install(project, `node_modules/${name}`, { files: { 'index.js': "export * from 'mid';\n" } });
        install(project, `node_modules/${name}/node_modules/mid`, consumer());
        install(project, `node_modules/${name}/node_modules/mid/node_modules/x`, version(x));
      }
      return project;
    };
    expect((await digests(deep(1, 2)))['x']).not.toBe((await digests(deep(2, 1)))['x']);
  });

  test('change when two aliases are exchanged', async () => {
    const aliases = (a: number, b: number): Fixture => {
      const project = user('x-a', 'x-b');
      install(project, 'node_modules/x-a', version(a), 'x');
      return install(project, 'node_modules/x-b', version(b), 'x');
    };
    const [before, after] = [await digests(aliases(1, 2)), await digests(aliases(2, 1))];
    expect(Object.keys(before)).toEqual(['x']);
    expect(after['x']).not.toBe(before['x']);
  });

  test('change when #names of two users are exchanged', async () => {
    const own = (a: string, b: string): Fixture => {
      const project = user('pa', 'pb');
      install(project, 'node_modules/pa', {
        json: { imports: { '#x': a } },
        files: { 'index.js': "export * from '#x';" },
      });
      install(project, 'node_modules/pb', {
        json: { imports: { '#x': b } },
        files: { 'index.js': "export * from '#x';" },
      });
      return install(project, 'node_modules/x', {
        files: { 'one.js': 'export const x = 1;', 'two.js': 'export const x = 2;' },
      });
    };
    const [before, after] = [await digests(own('x/one.js', 'x/two.js')), await digests(own('x/two.js', 'x/one.js'))];
    expect(after['x']).not.toBe(before['x']);
  });

  test('are other than one that is shared: each has variables of its own', async () => {
    const shared = install(
      install(install(user('pa', 'pb'), 'node_modules/pa', consumer()), 'node_modules/pb', consumer()),
      'node_modules/x',
      version(1),
    );
    expect((await digests(shared))['x']).not.toBe((await digests(twoConsumers(1, 1)))['x']);
  });

  test('an upgrade of one of them changes no package above', async () => {
    const project = twoConsumers(1, 2);
    const edit = () => project.edit('node_modules/pa/node_modules/x/index.js', '1', '3');
    expect(await changedBy(project, edit)).toEqual(['x']);
  });
});

test('circles of packages are followed once', async () => {
  const project = install(user('a'), 'node_modules/a', { files: { 'index.js': "export * from 'b';\n" } });
  install(project, 'node_modules/b', { files: { 'index.js': "export * from 'a';\nexport const b = 1;\n" } });
  expect(Object.keys(await digests(project))).toEqual(['a', 'b']);
  expect(await changedBy(project, () => project.edit('node_modules/b/index.js', '1', '2'))).toEqual(['b']);
});
