/** Files on an image whose times were all set alike: another image in its place is another file. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeProject } from '../helpers/project.ts';
import { disposableDirectory } from '../helpers/disposable.ts';

const AT = '1700000000';
const directory = disposableDirectory('restage-images-');
const mounted: string[] = [];
afterAll(() => {
  for (const place of mounted) execFileSync('umount', [place], { stdio: 'ignore' });
});

function mount(image: string, place: string): void {
  mkdirSync(place, { recursive: true });
  execFileSync('mount', ['-o', 'loop,ro', image, place], { stdio: 'ignore' });
  mounted.push(place);
}

function unmount(place: string): void {
  execFileSync('umount', [place], { stdio: 'ignore' });
  mounted.splice(mounted.indexOf(place), 1);
}

/** Why no image can be mounted here; undefined if one can. */
function obstacle(): string | undefined {
  try {
    const [source, image, place] = ['probe', 'probe.sqfs', 'place'].map((name) => join(directory, name));
    mkdirSync(source!);
    execFileSync('mksquashfs', [source!, image!, '-quiet'], { stdio: 'ignore' });
    mount(image!, place!);
    unmount(place!);
    return undefined;
  } catch (error) {
    return `images cannot be mounted here (squashfs-tools and root are needed): ${(error as Error).message}`;
  }
}

const missing = obstacle();

test('files of an image that was exchanged are seen', async ({ skip }) => {
  if (missing !== undefined) skip(missing);
  const lab = makeProject();
  const images = ['1', '2'].map((digit) => {
    const source = lab.beside(`source-${digit}`);
    lab
      .write(`../source-${digit}/rows.csv`, `x\n${digit}\n`)
      .write(
        `../source-${digit}/tiny/package.json`,
        '{"name":"tiny","version":"1.0.0","type":"module","exports":"./index.js"}',
      );
    lab.write(`../source-${digit}/tiny/index.js`, `export const gain = ${digit};\n`);
    const image = lab.beside(`${digit}.sqfs`);
    execFileSync('mksquashfs', [source, image, '-all-time', AT, '-mkfs-time', AT, '-quiet'], { stdio: 'ignore' });
    return image;
  });
  lab.write(
    'index.ts',
    `import { readFileSync } from 'node:fs';
import { externalFile, file, json, pipeline, stage } from 'restage';
import { gain } from './image/tiny/index.js';
import { z } from 'zod';
const none = z.strictObject({});
export const data = stage({ name: 'lab/data', params: none, inputs: { rows: file() }, outputs: { x: json<string>() },
  run: async ({ inputs }) => ({ x: readFileSync((await inputs.rows.read()).path, 'utf8') }) });
export const code = stage({ name: 'lab/code', params: none, inputs: {}, outputs: { x: json<number>() },
  run: () => ({ x: gain }) });
export default pipeline({ name: 'lab', params: none, build(p) {
  return { data: p.add(data, { inputs: { rows: externalFile('image/rows.csv') } }).out.x, code: p.add(code).out.x };
} });
`,
  );
  const place = lab.path('image');
  const rows = join(place, 'rows.csv');
  mount(images[0]!, place);
  const before = statSync(rows, { bigint: true });
  expect((await lab.run()).report?.counts.ran).toBe(2);
  expect((await lab.run()).report?.counts.ran).toBe(0);
  unmount(place);
  mount(images[1]!, place);
  const after = statSync(rows, { bigint: true });
  expect([after.size, after.mtimeNs, after.ctimeNs, after.ino]).toEqual([
    before.size,
    before.mtimeNs,
    before.ctimeNs,
    before.ino,
  ]);
  expect((await lab.run()).report?.counts.ran).toBe(2);
  unmount(place);
  mount(images[0]!, place);
  expect((await lab.run()).report?.counts.ran).toBe(0);
});
