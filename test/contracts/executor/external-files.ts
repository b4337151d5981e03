/** Part of the contract of executors: files that change under a stage. */
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ExecutorEvent } from '../../../src/executors/contract.ts';
import type { ExecutorUnderTest } from '../executor-bench.ts';

export function testExternalFiles({ bench, executor }: ExecutorUnderTest): void {
  describe('checks external files', () => {
    const reading = (change: string): string => `{ inputs: { raw: file() }, async run({ inputs }) {
      const { path } = await inputs.raw.read();
      ${change}
      return { out: readFileSync(path, 'utf8') };
    } }`;

    test('one that changes while the stage reads it fails the stage', async () => {
      const change = "writeFileSync(path, 'swords');";
      const task = bench.stageTask(reading(change), { inputs: [bench.fileInput('raw', 'words')] });
      const failure = await bench.fail(executor, task);
      expect(failure).toMatchObject({ class: 'error', stack: null });
      expect(failure.message).toMatch(/^The file .*raw\.txt was changed or removed after this run had hashed it/);
    });

    test('one that was rewritten with the same bytes before the stage starts does not', async () => {
      const input = bench.fileInput('raw', 'words');
      writeFileSync(input.source.path, 'words');
      await bench.succeed(executor, bench.stageTask(reading(''), { inputs: [input] }));
    });

    test.each([
      [
        'written',
        "writeFileSync(path, 'sword'); const seen = readFileSync(path, 'utf8'); writeFileSync(path, 'words');",
      ],
      [
        'moved',
        "renameSync(path, path + '.aside'); writeFileSync(path, 'sword'); const seen = readFileSync(path, 'utf8'); renameSync(path + '.aside', path);",
      ],
      [
        'written under its old date',
        "const { atime, mtime } = statSync(path); writeFileSync(path, 'sword'); const seen = readFileSync(path, 'utf8'); writeFileSync(path, 'words'); utimesSync(path, atime, mtime);",
      ],
    ])('one that is %s and put back while the stage reads it fails the stage', async (_, change) => {
      const run = `async run({ inputs }) { const { path } = await inputs.raw.read(); ${change} return { out: seen }; }`;
      const module = bench.module(
        `{ inputs: { raw: file() }, ${run} }`,
        "import { renameSync, statSync, utimesSync } from 'node:fs';",
      );
      const failure = await bench.fail(executor, bench.task(module, { inputs: [bench.fileInput('raw', 'words')] }));
      expect(failure.message).toMatch(
        /^The file .*raw\.txt was written or touched while node some-node could read it, so its result is rejected/,
      );
    });

    test('one whose bytes changed under an unchanged date does', async () => {
      const input = bench.fileInput('raw', 'words');
      const { atime, mtime } = statSync(input.source.path);
      const task = bench.stageTask(reading("writeFileSync(path, 'sword'); log: appendFileSync(path, '');"), {
        inputs: [input],
      });
      executor.submit(task);
      await bench.event((event): event is ExecutorEvent => event.type === 'started');
      utimesSync(input.source.path, atime, mtime);
      expect((await bench.ended(task)).type).toBe('failed');
    });

    test('one that was changed between the hashing and the start, to the same length, fails the stage', async () => {
      const input = bench.fileInput('raw', 'words');
      writeFileSync(input.source.path, 'sword');
      const failure = await bench.fail(executor, bench.stageTask(reading(''), { inputs: [input] }));
      expect(failure.message).toMatch(/was changed or removed after this run had hashed it/);
    });

    test('one that is missing, or has a different length, fails the stage before it runs', async () => {
      const input = bench.fileInput('raw', 'words');
      writeFileSync(input.source.path, 'many words');
      const changed = await bench.fail(executor, bench.stageTask(reading(''), { inputs: [input] }));
      expect(changed.message).toMatch(/was changed or removed after this run had hashed it, so its result is rejected/);
      rmSync(input.source.path);
      const gone = await bench.fail(executor, bench.stageTask(reading(''), { inputs: [input] }));
      expect(gone.message).toMatch(/^The file .*raw\.txt was changed or removed after this run had hashed it/);
    });
  });
}
