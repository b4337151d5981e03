/** A small pipeline exported in all formats, while it runs and after it, complete and failed. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/identity/digest.ts';
import type { Entity, RoCrate } from '../../src/export/ro-crate/entities.ts';
import { brokenBy, MUSTS, PROVENANCE_MUSTS } from '../export/crate-musts.ts';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const project = makeInProcessProject('lab');
const at = (name: string): string => join(project.root, name);
const restage = (...args: readonly string[]) => project.restage([...args, '--cache', project.cache]);
const bodies: string[] = [];
const server = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
  request.on('end', () => response.end());
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await project.run(['--openlineage', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`]);
});
afterAll(() => server.close());

describe('a run that is exported', () => {
  test('gives the same run ids as it told while it went on, each with its inputs and outputs', async () => {
    const { code, stderr } = await restage('export', '--openlineage', 'run.ndjson');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const exported = readFileSync(at('run.ndjson'), 'utf8').trimEnd().split('\n');
    const told = (lines: readonly string[]): readonly string[] =>
      lines
        .map((line) => JSON.parse(line) as { eventType: string; run: { runId: string }; outputs: unknown })
        .map(({ eventType, run, outputs }) => `${run.runId} ${eventType} ${JSON.stringify(outputs)}`)
        .sort();
    expect(told(bodies)).toEqual(told(exported));
  });

  test('gives a crate that meets the profiles, and whose files have the digests that it says', async () => {
    const { code } = await restage('export', '1', '--ro-crate', 'crate', '--data', '--prov', 'run.json');
    expect(code).toBe(0);
    const crate = JSON.parse(readFileSync(at('crate/ro-crate-metadata.json'), 'utf8')) as RoCrate;
    expect([...MUSTS, ...PROVENANCE_MUSTS].flatMap((must) => brokenBy(crate, must))).toEqual([]);
    const files = crate['@graph'].filter(
      (each): each is Entity => each['sha256'] !== undefined && !each['@id'].includes(':'),
    );
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect(sha256(readFileSync(at(`crate/${file['@id']}`)))).toBe(file['sha256']);
    expect((await restage('export', '1', '--ro-crate', 'crate')).stderr).toContain('holds a crate already');
    expect((await restage('export', '1', '--ro-crate', 'crate', '--force')).code).toBe(0);
    expect(existsSync(at('crate/data'))).toBe(false);
    expect((await restage('export', '1', '--ro-crate', '.')).stderr).toContain('is not empty and no RO-Crate');
    expect(readdirSync(project.root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('is refused without a format, for a word that means nothing, and in MLflow for what is not a run', async () => {
    for (const [args, sentence] of [
      [[], 'needs a format'],
      [['nothing', '--prov', 'x.json'], 'Nothing in the cache'],
      [['1', '--prov', 'x.json', '--data'], '--data is for a crate'],
      [['mix', '--mlflow', 'mlruns'], 'MLflow keeps runs'],
    ] as const) {
      const { code, stderr } = await restage('export', ...args);
      expect(code).toBe(2);
      expect(stderr).toContain(sentence);
    }
    expect(existsSync(at('x.json'))).toBe(false);
  });
});

test('an address that nobody answers at neither fails a run nor is passed over in silence', async () => {
  const { code, stdout } = await project.restage([
    ...['run', project.root, '--reporter', 'plain', '--cache', project.cache],
    ...['-S', 'digits=5', '--openlineage', 'http://127.0.0.1:9/'],
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /events do not reach http:\/\/127\.0\.0\.1:9\/ \((?:127\.0\.0\.1 refuses the connection|bad port)/,
  );
  expect(stdout).toMatch(/\d+ of \d+ OpenLineage events did not reach/);
});
