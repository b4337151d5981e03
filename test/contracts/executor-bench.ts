/**
 * What the suites of executors work with: a temporary cache, stage modules in files, and every event of the executor.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { Artifact } from '../../src/core/artifact/artifact.ts';
import { json } from '../../src/core/artifact/codecs/json.ts';
import { type CacheKey, sha256 } from '../../src/core/identity/digest.ts';
import type { Executor, ExecutorEvent, Task, TaskInput } from '../../src/executors/contract.ts';
import { asFactory } from '../../src/identity/code/instances/stage-factory.ts';
import { ObjectStore } from '../../src/store/objects/object-store.ts';

export type EventOf<T extends ExecutorEvent['type']> = Extract<ExecutorEvent, { readonly type: T }>;
type LastEvent = EventOf<'succeeded' | 'failed'>;

export interface ExecutorParts {
  readonly cacheDirectory: string;
  readonly onEvent: (event: ExecutorEvent) => void;
  readonly gracefulMs?: number;
}

/** What each part of the suite is about. */
export interface ExecutorUnderTest {
  readonly bench: ExecutorBench;
  readonly executor: Executor;
  /** Makes another one of its kind. */
  readonly create: (parts: ExecutorParts) => Executor;
  readonly parts: ExecutorParts;
}

/** A temporary cache, stage modules in files, and every event that the executor has emitted so far. */
export class ExecutorBench {
  readonly directory = mkdtempSync(join(tmpdir(), 'restage-executor-'));
  readonly cacheDirectory = join(this.directory, 'cache');
  readonly store = new ObjectStore(this.cacheDirectory);
  readonly events: ExecutorEvent[] = [];
  readonly #waiting = new Set<(event: ExecutorEvent) => void>();
  #modules = 0;
  #tasks = 0;
  #state = 0;
  readonly #resolve: (source: string) => string;

  /** @param resolve returns the path of a restage module in the form that the executor's process can load. */
  constructor(resolve: (source: string) => string = sourceModule) {
    this.#resolve = resolve;
    // It is the root of the project as well, where workers start.
    mkdirSync(this.cacheDirectory, { recursive: true });
  }

  readonly onEvent = (event: ExecutorEvent): void => {
    this.events.push(event);
    for (const look of this.#waiting) look(event);
  };

  /**
   * A module that makes a stage with this definition; `prelude` comes before it. No attempt looks at the schema of
   * parameters, so there is none: to load zod takes a third of what it takes to start a worker.
   */
  module(definition: string, prelude = ''): string {
    const file = join(this.directory, `stage-${this.#modules++}.mjs`);
    const source = (path: string): string => JSON.stringify(pathToFileURL(this.#resolve(path)).href);
    const { text } = asFactory(
      {
        map: JSON.stringify({ version: 3, sources: [], names: [], mappings: '' }),
        text: `import { stage, many } from ${source('core/authoring/stage.ts')};
import { json } from ${source('core/artifact/codecs/json.ts')};
import { table } from ${source('core/artifact/codecs/table.ts')};
import { text } from ${source('core/artifact/codecs/text.ts')};
import { bytes } from ${source('core/artifact/codecs/bytes.ts')};
import { weights } from ${source('core/artifact/codecs/weights.ts')};
import { file } from ${source('core/artifact/codecs/file.ts')};
import { DataError } from ${source('errors.ts')};
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
${prelude}
const made = stage({ name: 'test/stage', params: {}, inputs: {}, outputs: { out: json() }, ...${definition} });
export { made as default };
`,
      },
      () => undefined,
    );
    writeFileSync(file, text);
    return file;
  }

  task(module: string, changes: Partial<Task> = {}): Task {
    const id = `task-${this.#tasks++}`;
    return {
      id,
      node: 'some-node',
      stage: 'test/stage',
      cacheKey: createHash('sha256').update(id).digest('hex') as CacheKey,
      module,
      params: {},
      inputs: [],
      seed: null,
      backend: null,
      devices: [],
      env: {},
      declares: { env: [], reads: [], effects: [], packages: [], strict: false },
      timeoutSeconds: null,
      checkpointFile: join(this.cacheDirectory, 'checkpoints', `state-${this.#state}`),
      ...changes,
    };
  }

  /** A task of a stage with this definition. */
  stageTask(definition: string, changes: Partial<Task> = {}, prelude = ''): Task {
    return this.task(this.module(definition, prelude), changes);
  }

  /** Resolves with the first matching event, past or future. */
  event<E extends ExecutorEvent>(matches: (event: ExecutorEvent) => event is E): Promise<E> {
    const past = this.events.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const look = (event: ExecutorEvent): void => {
        if (!matches(event)) return;
        this.#waiting.delete(look);
        resolve(event);
      };
      this.#waiting.add(look);
    });
  }

  ended(task: Task): Promise<LastEvent> {
    return this.event(
      (event): event is LastEvent => (event.type === 'succeeded' || event.type === 'failed') && event.task === task.id,
    );
  }

  logged(task: Task, text: string): Promise<EventOf<'log'>> {
    return this.event(
      (event): event is EventOf<'log'> => event.type === 'log' && event.task === task.id && event.text === text,
    );
  }

  of<T extends ExecutorEvent['type']>(type: T, task: Task): readonly EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type && event.task === task.id);
  }

  async succeed(executor: Executor, task: Task): Promise<EventOf<'succeeded'>> {
    executor.submit(task);
    const event = await this.ended(task);
    if (event.type === 'failed')
      throw new Error(`the task failed: ${event.failure.message}\n${event.failure.stack ?? ''}`);
    return event;
  }

  async fail(executor: Executor, task: Task): Promise<EventOf<'failed'>['failure']> {
    executor.submit(task);
    const event = await this.ended(task);
    if (event.type === 'succeeded') throw new Error('the task succeeded');
    return event.failure;
  }

  /** The decoded value of a JSON output. */
  value(output: Artifact): unknown {
    const bytes = output.inline ?? this.store.read(output.digest, output.bytes, { verify: true });
    expect(sha256(bytes)).toBe(output.digest);
    return json().decode(bytes, 'out');
  }

  inlineInput(slot: string, value: unknown, index: number | null = null): TaskInput {
    const bytes = Buffer.concat(json<unknown>().encode(value, slot));
    return { slot, index, source: { type: 'artifact', digest: sha256(bytes), bytes: bytes.length, inline: bytes } };
  }

  storedInput(slot: string, chunks: readonly Uint8Array[]): TaskInput {
    return { slot, index: null, source: { type: 'artifact', ...this.store.put(chunks), inline: null } };
  }

  fileInput(slot: string, content: string): TaskInput & { readonly source: { readonly path: string } } {
    const path = join(this.directory, `${slot}.txt`);
    writeFileSync(path, content);
    const source = { type: 'file' as const, path, digest: sha256(content), bytes: Buffer.byteLength(content) };
    return { slot, index: null, source };
  }

  /** Starts a new test: earlier events are forgotten. */
  forget(): void {
    this.events.length = 0;
    this.#state++;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Path of a restage module in the sources. */
export function sourceModule(source: string): string {
  return fileURLToPath(new URL(`../../src/${source}`, import.meta.url));
}
