/** Several processes open a cache directory that none of them has seen before. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/temporary.ts';

const OPENERS = 6;
const CACHES = 40;

/** Waits for the others before each directory, so that all of them open it at the same moment. */
const OPENER = `
const { workerData, parentPort } = require('node:worker_threads');
import(workerData.module).then(({ openDatabase }) => {
  const complaints = [];
  for (const [k, directory] of workerData.directories.entries()) {
    Atomics.add(workerData.arrived, k, 1);
    while (Atomics.load(workerData.arrived, k) < workerData.openers);
    try { openDatabase(directory).close(); } catch (error) { complaints.push(error.message); }
  }
  parentPort.postMessage(complaints);
});`;

test(`${CACHES} fresh caches, each opened by ${OPENERS} at once, are opened by all of them`, async () => {
  const root = temporaryDirectory();
  const directories = Array.from({ length: CACHES }, (_, k) => join(root, String(k)));
  for (const directory of directories) mkdirSync(directory);
  const module = new URL('../../dist/store/database/database.js', import.meta.url).href;
  const arrived = new Int32Array(new SharedArrayBuffer(4 * CACHES));
  const openers = Array.from(
    { length: OPENERS },
    () => new Worker(OPENER, { eval: true, workerData: { module, directories, arrived, openers: OPENERS } }),
  );
  const complaints = await Promise.all(openers.map(async (opener) => (await once(opener, 'message')) as [string[]]));
  expect(complaints.flat(2)).toEqual([]);
});
