/** Executions on a real cache with a fake executor: graphs, plans and records that take a few milliseconds each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Output } from '../../src/core/artifact/artifact.ts';
import { cacheKey, diffFields, type Field } from '../../src/core/identity/cache-key.ts';
import { type Digest, sha256 } from '../../src/core/identity/digest.ts';
import type { RunEvent } from '../../src/events.ts';
import { Execution } from '../../src/execution/execution.ts';
import type { ExecutionReport } from '../../src/execution/nodes/execution-options.ts';
import type { StateSource } from '../../src/execution/repetition/state-source.ts';
import type { RunLimits } from '../../src/execution/scheduling/budget.ts';
import type { PlannedWork } from '../../src/execution/scheduling/planned-work.ts';
import type { PauseSwitch } from '../../src/execution/scheduling/pause-switch.ts';
import type { Executor, ExecutorEvent } from '../../src/executors/contract.ts';
import { backendSearchIn } from '../../src/identity/compute/backend.ts';
import { writeExecutable } from '../../src/identity/code/executables.ts';
import { acceptedStates } from '../../src/planning/plan/equivalence/accepted-states.ts';
import { comparableStates } from '../../src/planning/plan/reasons/comparable-states.ts';
import { explain } from '../../src/planning/plan/reasons/explain.ts';
import { type Lookups, planGraph } from '../../src/planning/plan/planner.ts';
import { Repetitions } from '../../src/planning/repetition/repetitions.ts';
import type { KnownState } from '../../src/planning/plan/plan.ts';
import type { Cache } from '../../src/store/cache.ts';
import { openEmptyCache } from '../helpers/empty-cache.ts';
import { FakeExecutor } from './fake-executor.ts';
import { graphOf, type Wiring, type Wirings } from './lab-graph.ts';

export interface RunOptions {
  readonly jobs?: number;
  readonly pools?: Readonly<Record<string, number>>;
  readonly maxFailures?: number;
  readonly pause?: PauseSwitch;
  /** The run began at 0. */
  readonly limits?: RunLimits;
  /** Default: time stands still. */
  readonly now?: () => number;
  readonly forced?: readonly string[];
  /** On which nodes have the same bits together as alone; default: the CPU. */
  readonly devices?: readonly string[];
  readonly lifetime?: Executor['lifetime'];
  /** Stages that execute here nevertheless, where `lifetime` is that of executions elsewhere. */
  readonly here?: readonly string[];
  readonly detach?: boolean;
  readonly source?: StateSource;
  /** Called with each event as it is told. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Whether `events` has what was told; default: it has. */
  readonly keepsEvents?: boolean;
  /** Called when the plan is made, before anything executes. */
  readonly onPlanned?: () => void;
  /** Default: a fake one. */
  readonly open?: (onEvent: (event: ExecutorEvent) => void) => Executor;
}

const CODE = sha256('code');
const LAB = { name: 'lab', source: 'lab.ts' };
const MODULE = 'export default 1;';
const LEASE_POLL_MS = 100;
const BACKEND = { name: 'fake', version: '1', device: 'fake', driver: '', digest: sha256('fake') };

/** A cache directory that several labs, like several processes, may share. */
export function cacheDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'restage-execution-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export class Lab {
  readonly cache: Cache;
  readonly #executable: string;

  constructor(directory = cacheDirectory(), now?: () => number) {
    this.cache = openEmptyCache(directory, now);
    onTestFinished(() => this.cache.close());
    this.#executable = writeExecutable(directory, MODULE, '{}');
    this.cache.record.code.add([
      {
        digest: CODE,
        stage: 'lab/any',
        module: 'any.ts',
        exportName: 'any',
        bundle: Buffer.from(MODULE),
        sources: [{ path: 'any.ts', content: Buffer.from(MODULE) }],
      },
    ]);
  }

  /** A run that has begun: everything that can start has been submitted. */
  async begin(wirings: Wirings, options: RunOptions = {}): Promise<LabRun> {
    const prepared = this.#prepare(wirings, options.forced ?? [], options.devices ?? []);
    options.onPlanned?.();
    const run = new LabRun(this, prepared, options);
    await turn();
    return run;
  }

  /** A complete run in which every task succeeds with its node's name as output. */
  async runAll(wirings: Wirings, options: RunOptions = {}): Promise<ExecutionReport> {
    const run = await this.begin(wirings, options);
    return run.succeedAll();
  }

  /** Small outputs are in the database, large ones in the object store. */
  output(text: string, size: 'small' | 'large' = 'small'): Output {
    const content = Buffer.from(size === 'small' ? JSON.stringify(text) : JSON.stringify(text.repeat(5000)));
    if (size === 'large') return { name: 'x', kind: 'json', ...this.cache.objects.put([content]), inline: null };
    return { name: 'x', kind: 'json', digest: sha256(content), bytes: content.byteLength, inline: content };
  }

  /** Declares that the key of a node without inputs means a state. @param state id of its row */
  accept(node: string, { stage = `lab/${node}`, param = 0 }: Wiring, state: number): void {
    const fields = [field('stage', stage), field('param.value', JSON.stringify({ value: param }))];
    this.cache.record.equivalences.add([
      {
        ...{ kind: 'accepted', key: cacheKey(fields), state, node, stage, code: CODE },
        ...{ pipeline: LAB.name, source: LAB.source, message: 'as good', tolerance: { relative: 0, ulp: 0 } },
        changes: diffFields(this.cache.query.states.fields(state), fields),
        inputs: null,
        environment: { digest: sha256('{}'), facts: '{"host":"lab"}' },
      },
    ]);
  }

  #prepare(wirings: Wirings, forced: readonly string[], devices: readonly string[]): PlannedWork {
    const graph = graphOf(wirings);
    const codes = new Map(
      graph.nodes.map(({ stage }) => [
        stage,
        {
          stage,
          module: 'any.ts',
          exportName: 'any',
          executable: this.#executable,
          harmless: true,
          digest: CODE,
          program: CODE,
          packages: [],
        },
      ]),
    );
    const fieldsOf = (index: number): readonly Field[] => {
      const { stage, params } = graph.nodes[index]!;
      return [field('stage', stage), field('param.value', JSON.stringify(params))];
    };
    const newestState = this.cache.query.states.newest();
    const lookups = lookupsIn(this.cache, newestState);
    const accepted = acceptedStates(this.cache);
    const selected = graph.nodes.map(() => true);
    const isForced = graph.nodes.map(({ id }) => forced.includes(id));
    const fileDigests = new Map<string, Digest>();
    const request = { graph, selected, forced: isForced, fieldsOf };
    return {
      nodes: graph.nodes,
      definition: { graph, codes },
      accepted,
      cutoff: () => undefined,
      conditions: { seed: 0, backend: BACKEND, nodeMajor: 20, env: {}, reads: new Map() },
      devices,
      sameBitsTogether: devices.length > 0,
      selection: { selected, forced: isForced, only: undefined },
      newestState,
      recorded: new Map(),
      repetitions: new Repetitions(this.cache, {
        root: this.cache.directory,
        search: backendSearchIn(this.cache, { root: this.cache.directory }, () =>
          Promise.resolve({ list: [], absence: 'a lab has none' }),
        ),
      }),
      fieldsOf,
      files: new Map(),
      fileDigests,
      steps: planGraph({ ...request, fileDigests, lookups, earlier: undefined, accepted }),
      explain: (node, fields) => explain(fields, lookups.comparable(node.id, node.stage)),
    };
  }
}

export class LabRun {
  readonly id: number;
  readonly events: RunEvent[] = [];
  readonly finished: Promise<ExecutionReport>;
  readonly abort = new AbortController();
  readonly #lab: Lab;
  readonly #timers = new Set<Timer>();
  readonly #now: () => number;
  readonly #executor: { current: FakeExecutor | undefined } = { current: undefined };

  constructor(lab: Lab, prepared: PlannedWork, options: RunOptions) {
    const { jobs = 8, pools = {}, maxFailures = Number.POSITIVE_INFINITY, pause, lifetime, detach, onEvent } = options;
    const { keepsEvents = true, here = [] } = options;
    const { limits, now = () => 0, open, source } = options;
    this.#lab = lab;
    this.#now = now;
    this.id = lab.cache.record.runs.begin({
      pipeline: 'lab',
      source: 'lab.ts',
      argv: [],
      params: {},
      seed: 0,
      backend: 'none',
      jobs,
      git: null,
      environment: { digest: sha256('{}'), facts: '{}' },
      startedAt: 0,
      results: [],
    });
    const execution = new Execution(lab.cache, prepared, {
      run: this.id,
      jobs,
      pools,
      maxFailures,
      strict: false,
      ...(detach === undefined ? {} : { detach }),
      source,
      emit: (event) => {
        if (keepsEvents) this.events.push(event);
        onEvent?.(event);
      },
      now,
      limits: limits && { ...limits, since: 0 },
      every: (milliseconds, work) => {
        const timer = { milliseconds, work, since: now() };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
      pause,
      executors: {
        of: () => 'fake',
        isElsewhere: ({ stage }) => lifetime === 'detached' && !here.includes(stage),
        takesTogether: ({ stage }) => lifetime === undefined || here.includes(stage),
        repeats: 'fake',
        open: (_, onEvent) => open?.(onEvent) ?? (this.#executor.current = new FakeExecutor(onEvent, lifetime)),
      },
    });
    this.finished = execution.run(this.abort.signal).then(async (report) => {
      lab.cache.record.runs.end(this.id, report.interrupted ? 'interrupted' : 'ok');
      await lab.cache.record.flush();
      return report;
    });
    // A test that ends early leaves it unfinished, as a killed process does.
    this.finished.catch(() => undefined);
  }

  /** The executor, which is opened with the first task. */
  get executor(): FakeExecutor {
    const executor = this.#executor.current;
    if (executor === undefined) throw new Error('no node of this run has been submitted');
    return executor;
  }

  /** Nodes whose tasks have not ended. */
  get running(): readonly string[] {
    return this.#executor.current?.nodes ?? [];
  }

  succeed(node: string, text = node, size: 'small' | 'large' = 'small'): void {
    this.executor.start(node);
    this.executor.succeed(node, [this.#lab.output(text, size)]);
  }

  fail(
    node: string,
    failure: Parameters<FakeExecutor['fail']>[1] = {},
    whose?: Parameters<FakeExecutor['fail']>[2],
  ): void {
    this.executor.start(node);
    this.executor.fail(node, failure, whose);
  }

  async succeedAll(): Promise<ExecutionReport> {
    while (this.running.length > 0) for (const node of this.running) this.succeed(node);
    return this.finished;
  }

  /** Checks the states that other processes make, as the execution does ten times a second. */
  poll(): void {
    for (const { milliseconds, work } of this.#timers) if (milliseconds === LEASE_POLL_MS) work();
  }

  /** Fires the timers whose time has come, or comes within so many milliseconds. Returns how many there were. */
  tick(early = 0): number {
    const due = [...this.#timers].filter(({ milliseconds, since }) => this.#now() + early - since >= milliseconds);
    for (const timer of due) {
      timer.since = this.#now();
      timer.work();
    }
    return due.length;
  }

  /** Waits until everything so far is on record, and told. */
  async recorded(): Promise<void> {
    await this.#lab.cache.record.flush();
  }

  async interrupt(): Promise<void> {
    this.abort.abort();
    await turn();
  }

  /** The outcome of each node, in the order of the events: `a hit`, `b ran`. */
  get outcomes(): readonly string[] {
    return this.events.flatMap((event) => {
      if (event.type === 'node-hit') return [`${event.node} ${event.how}`];
      if (event.type === 'node-ran') return [`${event.node} ran`];
      if (event.type === 'node-failed') return [`${event.node} failed`];
      return event.type === 'node-skipped' ? [`${event.node} skipped: ${event.because ?? 'interrupted'}`] : [];
    });
  }

  /** The events of this type. */
  told<Type extends RunEvent['type']>(type: Type): readonly Extract<RunEvent, { readonly type: Type }>[] {
    return this.events.filter((event): event is Extract<RunEvent, { readonly type: Type }> => event.type === type);
  }
}

interface Timer {
  readonly milliseconds: number;
  readonly work: () => void;
  since: number;
}

function field(name: string, text: string): Field {
  return { name, digest: sha256(text), preview: text };
}

function lookupsIn(cache: Cache, newestState: number): Lookups {
  const { states } = cache.query;
  const known = (row: ReturnType<Cache['query']['states']['byKey']>): KnownState | undefined =>
    row === undefined ? undefined : { id: row.id, key: row.key, seconds: row.seconds, complete: cache.isComplete(row) };
  return {
    byPlanKeys: (keys) => states.byPlanKeys(keys).map(known),
    byKey: (key) => known(states.byKey(key)),
    outputDigest: (state, name) => states.outputs(state).find((output) => output.name === name)!.digest,
    comparable: comparableStates(cache, LAB, newestState),
  };
}
