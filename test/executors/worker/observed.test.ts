/** What a worker observes of stages that reach something besides their inputs, and what it does not report. */
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { accessesOf, ADDON, bench, directory, executor, PRELUDE, reached, taskOf } from './observed-lab.ts';

describe('a worker reports a stage that', () => {
  test.each([
    ['readFileSync("calibration.json")', 'file calibration.json: readFileSync'],
    ['fs.readFileSync("calibration.json")', 'file calibration.json: readFileSync'],
    ['allOfFs.readFileSync("calibration.json")', 'file calibration.json: readFileSync'],
    ['require("node:fs").readFileSync("calibration.json")', 'file calibration.json: readFileSync'],
    ['readFileSync(new URL("./calibration.json", import.meta.url))', 'file calibration.json: readFileSync'],
    ['readFileSync(Buffer.from("calibration.json"))', 'file calibration.json: readFileSync'],
    ['readFileSync(join(dir, "linked.json"))', 'file linked.json: readFileSync'],
    ['await promises.readFile("calibration.json")', 'file calibration.json: readFile'],
    ['await fs.promises.readFile("calibration.json")', 'file calibration.json: readFile'],
    ['await promisify(readFile)("calibration.json")', 'file calibration.json: readFile'],
    ['await new Promise((done) => readFile("calibration.json", done))', 'file calibration.json: readFile'],
    [
      'for await (const part of createReadStream("calibration.json")) log(part.length + "")',
      'file calibration.json: createReadStream',
    ],
    [
      'for await (const part of new fs.ReadStream("calibration.json")) log(part.length + "")',
      'file calibration.json: open',
    ],
    ['fs.closeSync(openSync("calibration.json"))', 'file calibration.json: openSync'],
    ['fs.closeSync(openSync("calibration.json", "r+"))', 'file calibration.json: openSync'],
    ['fs.closeSync(openSync("calibration.json", fs.constants.O_RDONLY))', 'file calibration.json: openSync'],
    ['await (await openPromised("calibration.json")).close()', 'file calibration.json: open'],
    ['readdirSync("tables")', 'file tables: readdirSync'],
    ['await readdir("tables", { recursive: true })', 'file tables: readdir'],
    ['statSync("calibration.json")', 'file calibration.json: statSync'],
    ['existsSync("nowhere.json")', 'file nowhere.json: existsSync'],
    ['await access("nowhere.json").catch(() => 0)', 'file nowhere.json: access'],
    ['realpathSync.native("calibration.json")', 'file calibration.json: realpathSync'],
    [
      'copyFileSync("calibration.json", join(mkdtempSync(join(tmpdir(), "x-")), "copy"))',
      'file calibration.json: copyFileSync',
    ],
    [
      'renameSync("calibration.json", "moved.json"); renameSync("moved.json", "calibration.json")',
      'file calibration.json: renameSync',
    ],
    [
      'const d = mkdtempSync(join(tmpdir(), "x-")); symlinkSync(join(dir, "calibration.json"), join(d, "l")); readFileSync(join(d, "l"))',
      'file calibration.json: symlinkSync',
    ],
    [
      'fs.appendFileSync("calibration.json", ""); readFileSync("calibration.json")',
      'file calibration.json: readFileSync',
    ],
    ['require("./calibration.json")', 'file calibration.json: require'],
    ['log(process.env.HOME ?? "")', 'env HOME: process.env.HOME'],
    ['const { HOME } = globalThis.process.env', 'env HOME: process.env.HOME'],
    ['nodeProcess.env.HOME', 'env HOME: process.env.HOME'],
    ['nodeEnv.HOME', 'env HOME: process.env.HOME'],
    ['"HOME" in process.env', 'env HOME: process.env.HOME'],
    ['Object.hasOwn(process.env, "HOME")', 'env HOME: process.env.HOME'],
    ['({ ...process.env })', 'env *: process.env'],
    ['JSON.stringify(process.env)', 'env toJSON: process.env.toJSON'],
    ['Date.now()', 'clock Date.now'],
    ['log(String(new Date()))', 'clock new Date'],
    ['log(Date())', 'clock new Date'],
    ['class Day extends Date {}; log(String(new Day()))', 'clock new Date'],
    ["new Intl.DateTimeFormat('en').format()", 'clock Intl.DateTimeFormat'],
    ["new Intl.DateTimeFormat('en').formatToParts()", 'clock Intl.DateTimeFormat'],
    ['performance.now()', 'clock performance.now'],
    ['perf.now()', 'clock performance.now'],
    ['log(String(performance.timeOrigin))', 'clock performance.timeOrigin'],
    ['hrtime.bigint()', 'clock process.hrtime.bigint'],
    ['process.hrtime()', 'clock process.hrtime'],
    ['const { now } = Date; now()', 'clock Date.now'],
    ['Math.random()', 'entropy Math.random'],
    ['[3, 1, 2].sort(Math.random)', 'entropy Math.random'],
    ['crypto.randomUUID()', 'entropy crypto.randomUUID'],
    ['randomUUID()', 'entropy crypto.randomUUID'],
    ['randomBytes(4)', 'entropy crypto.randomBytes'],
    ['await promisify(randomBytes)(4)', 'entropy crypto.randomBytes'],
    ['crypto.getRandomValues(new Uint8Array(1))', 'entropy crypto.getRandomValues'],
    ['require("node:crypto").getRandomValues(new Uint8Array(1))', 'entropy crypto.getRandomValues'],
    ['webcrypto.getRandomValues(new Uint8Array(1))', 'entropy crypto.getRandomValues'],
    ['await fetch("http://127.0.0.1:1/x").catch(() => 0)', 'network 127.0.0.1:1: fetch'],
    [
      'await new Promise((done) => http.get("http://127.0.0.1:1/x").on("error", done))',
      'network 127.0.0.1:1: net.Socket.connect',
    ],
    [
      'await new Promise((done) => net.connect(1, "127.0.0.1").on("error", done))',
      'network 127.0.0.1:1: net.Socket.connect',
    ],
    ['await dns.promises.lookup("localhost").catch(() => 0)', 'network localhost: dns.lookup'],
    ['execSync("true")', 'subprocess true: execSync'],
    ['spawnSync("echo", ["hi"])', 'subprocess echo hi: spawnSync'],
    ['await promisify(exec)("true")', 'subprocess true: exec'],
    ['const w = new Worker("1", { eval: true }); await w.terminate()', 'subprocess a thread: Worker'],
    ['cpus()', 'host os.cpus'],
    ['os.hostname()', 'host os.hostname'],
    ['log(String(process.pid))', 'host process.pid'],
  ])('does %s', async (statements, told) => {
    expect(await reached(statements)).toContain(told);
  });
});

test('what is told is one thing with one place and a count, however often it is done', async () => {
  const task = taskOf('let n = 0; for (let i = 0; i < 100_000; i++) n += Date.now() > 0 ? 1 : 0');
  const line = PRELUDE.split('\n').length + 11;
  expect(await accessesOf(task)).toEqual([
    {
      kind: 'clock',
      detail: 'Date.now',
      call: 'Date.now',
      place: expect.stringMatching(new RegExp(`^stage-\\d+\\.mjs:${line}:\\d+$`)) as string,
      declared: false,
      count: 100_000,
    },
  ]);
  expect(bench.of('undeclared', task).map(({ sentence }) => sentence)).toEqual([
    expect.stringMatching(
      /^Stage test\/stage reads the clock with Date\.now, which it does not declare \(stage-\d+\.mjs:\d+:\d+\); leave it out, or add clock: true to the stage\.$/,
    ),
  ]);
});

test('of many things of a kind, the first are told one by one and the others are counted together', async () => {
  const accesses = await accessesOf(taskOf('for (let i = 0; i < 50; i++) existsSync("none-" + i); Math.random()'));
  expect(accesses.filter(({ kind }) => kind === 'file')).toHaveLength(21);
  expect(accesses.find(({ detail }) => detail === 'and others')).toMatchObject({ count: 30, declared: false });
  expect(accesses.at(-1)).toMatchObject({ kind: 'entropy' });
});

test('a native addon is told when it is loaded', async () => {
  const accesses = await accessesOf(taskOf(`require(${ADDON})`));
  expect(accesses).toMatchObject([{ kind: 'native', detail: JSON.parse(ADDON) as string, declared: false }]);
});

describe('nothing is reported for', () => {
  test.each([
    [
      'a date of given parts',
      'new Date(5); new Date("2020-01-01"); new Date(2020, 1, 1); Date.UTC(2020, 1); Date.parse("2020-01-01"); if (!(new Date(5) instanceof Date) || new Date(5).constructor !== Date || Date.name !== "Date" || Date.length !== 7) throw new Error("no Date")',
    ],
    [
      'the format of a date that is given',
      'const f = new Intl.DateTimeFormat("en"); f.format(5); f.formatToParts(new Date(5)); if (f.format !== f.format || f.format.length !== 1) throw new Error("no format"); new Date(5).toLocaleString("en")',
    ],
    [
      'a file that the stage has written',
      'const d = mkdtempSync(join(tmpdir(), "x-")); writeFileSync(join(d, "f"), "x"); readFileSync(join(d, "f")); renameSync(join(d, "f"), join(d, "g")); statSync(join(d, "g")); readdirSync(d); rmSync(d, { recursive: true })',
    ],
    [
      'a folder that the stage has made',
      'const d = join(dir, "made-" + inputs.constructor.name); mkdirSync(d); await writeFile(join(d, "f"), "x"); await promises.readFile(join(d, "f")); await mkdir(join(d, "a/b"), { recursive: true }); readdirSync(join(d, "a/b")); rmSync(d, { recursive: true })',
    ],
    [
      'a stream that the stage has written',
      'const f = join(dir, "stream.txt"); await new Promise((done) => createWriteStream(f).end("x", done)); readFileSync(f); rmSync(f)',
    ],
    [
      'a variable that the stage has set',
      'process.env.OWN_VALUE = "1"; if (process.env.OWN_VALUE !== "1") throw new Error("not set"); delete process.env.OWN_VALUE',
    ],
    [
      'restage itself',
      'log("x"); metric("m", 1); console.log("x"); await checkpoint.save({ a: 1 }); await checkpoint.load()',
    ],
    ['/dev/null', 'readFileSync("/dev/null")'],
    [
      'the library of elementary things',
      'setTimeout(() => 0, 1); structuredClone(new Date(5)); new Intl.DateTimeFormat("en").format(5); await new Promise((done) => setTimeout(done, 1)); queueMicrotask(() => 0); new Error("x").stack; console.error("x")',
    ],
  ])('%s', async (_, statements) => {
    expect(await reached(statements)).toEqual([]);
  });

  test('a file that is an input, under its own name and through a link', async () => {
    const data = bench.fileInput('data', 'x');
    symlinkSync(data.source.path, join(directory, 'data-link.txt'));
    const definition = `{ inputs: { data: file() }, run: async ({ inputs }) => { const { path } = await inputs.data.read(); readFileSync(path); existsSync(${JSON.stringify(join(directory, 'data-link.txt'))}); return { out: 1 }; } }`;
    const task = bench.task(bench.module(definition), { inputs: [data] });
    expect(await accessesOf(task)).toEqual([]);
  });

  test('a table that is an input, from the object store', async () => {
    const task = bench.stageTask(
      '{ inputs: { data: bytes() }, run: async ({ inputs }) => ({ out: (await inputs.data.read()).length }) }',
      {
        inputs: [bench.storedInput('data', [new Uint8Array(10_000)])],
      },
    );
    expect(await accessesOf(task)).toEqual([]);
  });

  test('the files of a package that it reads itself, its modules among them', async () => {
    expect(await reached('const tiny = require("tiny"); if (tiny.own !== "data") throw new Error("no data")')).toEqual([
      'env TINY_DEBUG: process.env.TINY_DEBUG',
    ]);
  });

  test('the files of a package whose content is in the key', async () => {
    const read = 'readFileSync("node_modules/tiny/data.txt")';
    expect(await reached(read, { packages: ['tiny'], env: ['TINY_DEBUG'] })).toEqual([]);
    expect(await reached(read, { packages: ['other'] })).toEqual(['file node_modules/tiny/data.txt: readFileSync']);
  });
});

test("what a package does for a stage is the stage's doing, with the stage's line", async () => {
  const accesses = await accessesOf(
    taskOf('const tiny = require("tiny"); tiny.now(); tiny.read("calibration.json")', { env: ['TINY_DEBUG'] }),
  );
  expect(accesses.map(({ kind, detail }) => `${kind} ${detail}`)).toEqual(['clock Date.now', 'file calibration.json']);
  for (const { place } of accesses) expect(place).toMatch(/^stage-\d+\.mjs:/);
});

describe('what is read while modules are loaded', () => {
  const INITIALISER = 'const { HOME } = process.env; const at = Date.now();';

  test('is reported for every attempt that uses the modules', async () => {
    const task = taskOf('log(String(at) + HOME)', {}, INITIALISER);
    const told = ['env HOME: process.env.HOME', 'clock Date.now'];
    for (const each of [task, { ...task, id: 'again' }, { ...task, id: 'and-again' }])
      expect(
        (await accessesOf(each)).map(({ kind, detail, call }) =>
          detail === call ? `${kind} ${detail}` : `${kind} ${detail}: ${call}`,
        ),
      ).toEqual(told);
  });

  test('of a package is reported for each stage that has it, declared or not', async () => {
    const prelude = 'const lazy = require("lazy");';
    const use = 'log(String(lazy.debug))';
    expect(await reached(use, { env: ['LAZY_DEBUG'], packages: ['lazy'] }, prelude)).toEqual([]);
    expect(await reached(use, { packages: ['lazy'] }, prelude)).toEqual(['env LAZY_DEBUG: process.env.LAZY_DEBUG']);
    expect(await reached(use, { env: ['LAZY_DEBUG'], packages: ['lazy'] }, prelude)).toEqual([]);
  });
});

describe('what a stage declares is not told:', () => {
  const reads = (path: string) => ({ reads: [{ path: join(directory, path), digest: sha256('{ "gain": 2 }') }] });

  test('a variable', async () => {
    expect(await reached('process.env.HOME; process.env.USER', { env: ['HOME'] })).toEqual([
      'env USER: process.env.USER',
    ]);
  });

  test('a file', async () => {
    expect(
      await reached('readFileSync("calibration.json"); existsSync("linked.json")', reads('calibration.json')),
    ).toEqual([]);
  });

  test.each(['clock', 'entropy', 'network', 'subprocess', 'native', 'host'] as const)(
    '%s, which is recorded as declared',
    async (effect) => {
      // A process loads an addon once, so that the next attempt in it would not be told.
      const ownAddon = join(directory, `addon-for-${effect}.node`);
      copyFileSync(JSON.parse(ADDON) as string, ownAddon);
      const statements =
        'Date.now(); Math.random(); await fetch("http://127.0.0.1:1").catch(() => 0); execSync("true"); cpus(); ({ ...process.env }); ' +
        `require(${JSON.stringify(ownAddon)})`;
      const task = taskOf(statements, { effects: [effect] });
      const accesses = await accessesOf(task);
      expect(accesses.filter(({ declared }) => declared).map(({ kind }) => kind)).toEqual(
        effect === 'host' ? ['host', 'env'] : [effect],
      );
      expect(bench.of('undeclared', task).map(({ access }) => access.kind)).not.toContain(effect);
    },
  );
});

test('a declared file that changes while the stage runs fails the attempt', async () => {
  writeFileSync(join(directory, 'moving.json'), '1');
  const task = taskOf('writeFileSync(join(dir, "moving.json"), "2")', {
    reads: [{ path: join(directory, 'moving.json'), digest: sha256('1') }],
  });
  expect(await bench.fail(executor, task)).toMatchObject({
    message: expect.stringContaining('moving.json was changed or removed after this run had hashed it') as string,
  });
});

describe('in a strict run', () => {
  test('the first thing that is not declared is the failure, and a stage that waits is not waited for', async () => {
    const task = taskOf('try { Date.now(); process.env.HOME; await new Promise(() => {}) } catch {}', { strict: true });
    const { message, stack, class: kind } = await bench.fail(executor, task);
    expect(message).toMatch(/^Stage test\/stage reads the clock with Date\.now, which it does not declare \(stage-/);
    expect([stack, kind]).toEqual([null, 'error']);
    expect(bench.of('undeclared', task)).toHaveLength(2);
  });

  test('a stage that returns at once, and an initialiser, fail as well', async () => {
    expect(await bench.fail(executor, taskOf('Math.random()', { strict: true }))).toMatchObject({ class: 'error' });
    const late = taskOf('log(String(at))', { strict: true }, 'const at = Date.now();');
    expect((await bench.fail(executor, late)).message).toContain('reads the clock');
  });

  test('what is declared is allowed', async () => {
    const task = taskOf('Date.now(); process.env.HOME; readFileSync("calibration.json")', {
      strict: true,
      env: ['HOME'],
      effects: ['clock'],
      reads: [{ path: join(directory, 'calibration.json'), digest: sha256('{ "gain": 2 }') }],
    });
    expect(await accessesOf(task)).toHaveLength(1);
  });
});
