/** A store of objects that processes of their own write to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { ObjectStore, objectsInWriting } from '../../../src/store/objects/object-store.ts';
import { removeAbandoned } from '../../../src/store/upkeep/abandoned.ts';
import { builtModule } from '../../helpers/built.ts';
import { sample } from './sample.ts';

let directory: string;
let store: ObjectStore;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'restage-objects-'));
  store = new ObjectStore(directory);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** A real process that is given `store` and `sample` and writes lines to its stdout. */
function startProcess(script: string): ChildProcess {
  const file = join(directory, `process-${children.length}.mjs`);
  writeFileSync(
    file,
    `import { ObjectStore, objectsInWriting } from ${JSON.stringify(builtModule('store/objects/object-store.ts'))};
     import { writeSync } from 'node:fs';
     const store = new ObjectStore(${JSON.stringify(directory)});
     const sample = ${sample.toString()};
     const say = (text) => writeSync(1, text + '\\n');
     ${script}`,
  );
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
  return chunk.toString().trim();
}

describe('several processes', () => {
  test('that store the same object at the same time all succeed, and one intact object remains', async () => {
    const start = 'say("ready"); process.stdin.once("data", () => { ';
    const end = ' process.exit(0); });';
    const script = `${start} for (let i = 1; i <= 20; i++) say(store.put([sample(i)]).digest); ${end}`;
    const processes = Array.from({ length: 4 }, () => startProcess(script));
    await Promise.all(processes.map(firstLine));
    const exits = processes.map((child) => once(child, 'exit'));
    for (const child of processes) {
      child.stdout!.resume();
      child.stdin!.write('go');
    }
    for (const [code] of await Promise.all(exits)) expect(code).toBe(0);
    for (let i = 1; i <= 20; i++) expect(store.isIntact(sha256(sample(i)), 1 << 20)).toBe(true);
    expect([...store.list()]).toHaveLength(20);
    expect(readdirSync(objectsInWriting(directory))).toEqual([]);
  });

  test('killed in the middle of a write, one leaves no half object, and its remains are cleaned away', async () => {
    // The store goes over the chunks twice, to hash and to write; the second time, this list stops after its first
    // chunk.
    const child = startProcess(`
      const chunks = [sample(), sample(2)];
      let rounds = 0;
      chunks[Symbol.iterator] = function* () {
        rounds++;
        yield this[0];
        if (rounds === 2) { say('half'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }
        yield this[1];
      };
      store.put(chunks);`);
    expect(await firstLine(child)).toBe('half');
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    const left = readdirSync(objectsInWriting(directory)).filter((name) => name.endsWith('.tmp'));
    expect(left).toHaveLength(1);
    expect(statSync(join(objectsInWriting(directory), left[0]!)).size).toBe(1 << 20);
    expect([...store.list()]).toEqual([]);
    expect(removeAbandoned(directory)).toBe(1);
    expect(readdirSync(objectsInWriting(directory))).toEqual([]);
    const stored = store.put([sample(), sample(2)]);
    expect(store.isIntact(stored.digest, stored.bytes)).toBe(true);
  });
});
