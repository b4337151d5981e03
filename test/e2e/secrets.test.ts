/** No byte that restage writes has a secret, whatever a stage does with it and however it ends. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';
import { Project } from '../helpers/project.ts';

const TOKEN = 'q7/Zn+tok"en\nsecond{line}of=it&more';
const PASSWORD = 'correct-horse-battery';

/** Without the code under test. */
function spelled(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  return [
    secret,
    ...secret.split('\n'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...shifted,
    ...shifted.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}
const NEEDLES = [TOKEN, PASSWORD].flatMap(spelled);

const PIPELINE = `
import { writeSync } from 'node:fs';
import { json, pipeline, secret, stage } from 'restage';
import { z } from 'zod';

export const call = stage({
  name: 'lab/call',
  params: z.strictObject({ token: secret(z.string()), how: z.string() }),
  inputs: {},
  outputs: { length: json<unknown>() },
  secrets: ['LAB_PASSWORD'],
  async run({ params, env, log, metric, progress, checkpoint }) {
    const values = [params.token, env.LAB_PASSWORD ?? ''];
    for (const value of values) {
      const bytes = Buffer.from(value);
      const all = [value, encodeURIComponent(value), JSON.stringify({ value }), bytes.toString('hex'), bytes.toString('base64'),
        bytes.toString('base64url'), Buffer.concat([Buffer.from('a'), bytes]).toString('base64'), Buffer.concat([Buffer.from('ab'), bytes, Buffer.from('c')]).toString('base64')];
      for (const text of all) {
        log('says ' + text);
        console.log(text);
        console.error({ text });
        for (const piece of text) process.stdout.write(piece);
        process.stdout.write('\\n');
        writeSync(1, text.slice(0, 7));
        writeSync(1, text.slice(7) + '\\n');
        writeSync(2, text + '\\n');
      }
      metric('seen ' + bytes.toString('hex'), 1);
      progress(1, 2, 'with ' + value);
    }
    const [token, password] = values;
    if (params.how === 'throw') throw new Error('refused ' + 'x'.repeat(3980) + token, { cause: z.object({ a: z.literal(token) }).safeParse({ a: password }).error });
    if (params.how === 'crash') process.abort();
    if (params.how === 'checkpoint') await checkpoint.save({ token });
    if (params.how === 'output') return { length: { nested: [token] } };
    if (params.how === 'wait') await new Promise((resolve) => setTimeout(resolve, 60_000));
    return { length: token.length + password.length };
  },
});

export const spy = stage({
  name: 'lab/spy',
  params: z.strictObject({}),
  inputs: { length: json<unknown>() },
  outputs: { seen: json<unknown>() },
  run: () => {
    console.log(process.env.LAB_TOKEN ?? 'nothing', process.env.LAB_PASSWORD ?? 'nothing');
    return { seen: process.env.LAB_TOKEN !== undefined || process.env.LAB_PASSWORD !== undefined };
  },
});

export default pipeline({
  name: 'caller',
  params: z.strictObject({ token: secret(z.string(), 'env:LAB_TOKEN'), how: z.string().default('well') }),
  build(p, params) {
    const called = p.add(call, { params: { token: params.token, how: params.how } });
    const spied = p.add(spy, { inputs: { length: called.out.length } });
    return { length: called.out.length, seen: spied.out.seen };
  },
});
`;

function filesIn(path: string): readonly string[] {
  if (!lstatSync(path).isDirectory()) return lstatSync(path).isFile() ? [path] : [];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}

/** Where a secret is, and in which spelling. */
function found(directory: string, said: readonly string[]): readonly string[] {
  const texts = [
    ...filesIn(directory).map((path) => [path, readFileSync(path)] as const),
    ...said.map((text, index) => [`output ${index}`, Buffer.from(text)] as const),
  ];
  return texts.flatMap(([path, bytes]) =>
    NEEDLES.filter((needle) => bytes.includes(needle)).map((needle) => `${path}: ${JSON.stringify(needle)}`),
  );
}

test('no byte that restage writes has a secret, whatever a stage does with it and however a run ends', async () => {
  const project = makeInProcessProject();
  project.write('pipelines/caller/pipeline.ts', PIPELINE);
  const pipeline = join(project.root, 'pipelines/caller');
  const env = { LAB_TOKEN: TOKEN, LAB_PASSWORD: PASSWORD, TMPDIR: project.beside('tmp') };
  mkdirSync(project.beside('tmp'));
  const said: string[] = [];
  const told = async (args: readonly string[], variables: Readonly<Record<string, string | undefined>> = env) => {
    const words = args[0] === 'replay' ? args : [...args, '--cache', project.cache];
    const { code, stdout, stderr } = await project.restage(words, { env: variables });
    said.push(stdout, stderr);
    return { code, stdout, stderr };
  };
  const run = (...more: readonly string[]) => told(['run', pipeline, '--reporter', 'json', ...more]);

  const first = await run('--openlineage', project.beside('live.ndjson'));
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toContain('(secret)');
  expect(first.stdout).toMatch(/"name":"seen".*"value":false/);
  for (const how of ['throw', 'crash', 'checkpoint', 'output']) {
    const events = how === 'throw' ? ['--openlineage', project.beside('live-failed.ndjson')] : [];
    const { code, stdout } = await run('-S', `how=${how}`, ...events);
    expect(code, how).not.toBe(0);
    if (how === 'output') expect(stdout).toContain('contains the secret env:LAB_TOKEN');
  }
  const killed = await new Project(project.root).start(
    ['run', pipeline, '--reporter', 'json', '-S', 'how=wait', '--cache', project.cache],
    { env },
  );
  await killed.said('"type":"node-progress"');
  killed.kill('SIGKILL');
  const { stdout, stderr } = await killed.ended;
  said.push(stdout, stderr);

  const plain = await run('-S', `token=${TOKEN}`);
  expect(plain.stderr).toContain('is a secret; give the place of its value, env:NAME');
  expect((await told(['plan', pipeline, '-S', `token:=["${PASSWORD}"]`])).code).not.toBe(0);
  for (const args of [
    ['plan', pipeline],
    ['why', '1', '2'],
    ['how', 'call', '--json'],
    ['show', 'call', '--json'],
    ['show', pipeline],
    ['show', '--help'],
    ['diff', '1', '2'],
    ['report', '1', '-o', project.beside('report.html')],
    ['report', '2', '-o', project.beside('failed.html')],
    ['export', '1', '--ro-crate', project.beside('crate'), '--data', '--prov', project.beside('prov.json')],
    ['export', '2', '--openlineage', project.beside('events.ndjson'), '--mlflow', project.beside('mlruns')],
    ['bundle', 'run:1', '--outputs', '-o', project.beside('run.zip')],
  ])
    expect((await told(args)).stderr, args.join(' ')).toBe('');
  expect((await told(['verify', '1', '--attest', project.beside('verified.json')])).code).toBe(0);
  const live = ['live', 'live-failed'].map((name) => readFileSync(project.beside(`${name}.ndjson`), 'utf8'));
  expect(live.join('')).toMatch(/"eventType":"COMPLETE"[^]*"eventType":"FAIL"[^]*refused /);
  expect((await told(['sql', 'select * from runs', '--json'])).code).toBe(0);

  for (const args of [
    ['remote', 'add', 'group', project.beside('remote'), '--json'],
    ['push', '1', '2', '--json'],
    ['run', pipeline, '-f', '--remote', 'group', '--reporter', 'json'],
  ])
    expect([args, (await told(args)).code]).toEqual([args, 0]);
  const records = filesIn(project.beside('remote/records'));
  expect(records.length).toBeGreaterThan(2);
  for (const path of records) project.write(join('records', basename(path)), gunzipSync(readFileSync(path)));

  // What an archive has inside.
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(project.beside('run.zip')))))
    project.write(join('unpacked', name), bytes);
  const replayed = await told(['replay', project.beside('run.zip'), '--yes', '--into', project.beside('replayed')]);
  expect(replayed.stdout).toContain('replayed 2 states: 2 gave the same bytes');
  expect(replayed.code).toBe(0);
  expect((await told(['replay', project.beside('run.zip')])).stdout).toMatch(
    /secrets \(a replay uses yours\)\n +env:LAB_TOKEN\n +env:LAB_PASSWORD\n/,
  );

  // Where the secret is another one or gone, that is all that is said.
  const other = { ...env, LAB_TOKEN: 'another-one-of-it' };
  expect((await told(['verify', '1'], other)).stdout).toMatch(/is not the one that its state was made with/);
  expect((await told(['plan', pipeline], other)).stdout).toMatch(/param.token changed/);
  const gone = await told(['run', pipeline, '--like', '1'], { ...env, LAB_TOKEN: undefined });
  expect(gone.stderr).toContain('set the environment variable LAB_TOKEN to it');
  writeFileSync(join(dirname(project.root), 'key'), `${TOKEN}\n`);
  const fromFile = await told(['plan', pipeline, '-S', `token=file:${join(dirname(project.root), 'key')}`], {
    ...env,
    LAB_TOKEN: undefined,
  });
  expect(fromFile.stdout).toMatch(/1 hit|nothing to (?:do|run)|all .* in the cache/i);
  writeFileSync(join(dirname(project.root), 'key'), '');

  expect(found(dirname(project.root), said)).toEqual([]);
});
