/**
 * The scheduler: what may start now, in which order, on which slots. Pure bookkeeping: no clock, no I/O, no promises, so
 * that every rule is tested in microseconds.
 *
 * A node is handed out once by `takeReady`, when all that it waits for is done. The engine then either finds its state
 * (`done`) or puts it into the `queue`; `start` gives the best queued node that fits into the pools. Whoever started a
 * node ends it with `done` or `fail`. Order: priority, then the longest path of recorded seconds below, then the graph's.
 */

export interface Needs {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly pools: Readonly<Record<string, number>>;
}

export interface ScheduledNode {
  readonly dependencies: readonly number[];
  /** How long it is expected to take. */
  readonly seconds: number;
  readonly priority: number;
  readonly needs: Needs;
}

export interface Pools {
  readonly cpus: number;
  readonly memoryMiB: number;
  /** GPU slots by name, such as `gpu:0`. */
  readonly devices: readonly string[];
  readonly named: Readonly<Record<string, number>>;
}

export interface Assignment {
  readonly node: number;
  readonly devices: readonly string[];
}

type Phase = 'waiting' | 'handed-out' | 'queued' | 'running' | 'done' | 'failed' | 'skipped';

export class Scheduler {
  readonly #nodes: readonly ScheduledNode[];
  readonly #consumers: readonly (readonly number[])[];
  readonly #rank: readonly number[];
  readonly #phases: Phase[];
  readonly #missing: number[];
  readonly #taken = new Map<number, Assignment>();
  /** Nodes that are being made again, with those that wait for just that. */
  readonly #reopened = new Map<number, number[]>();
  readonly #ready: number[] = [];
  readonly #queue: number[] = [];
  /** The needs of each node, spelled out, and how many of the queue have them. */
  readonly #kindOf: readonly string[];
  readonly #kinds = new Map<string, number>();
  readonly #pools: Pools;
  #cpus: number;
  #memoryMiB: number;
  readonly #devices: string[];
  #named: Map<string, number>;
  #open: number;

  constructor(nodes: readonly ScheduledNode[], pools: Pools) {
    this.#nodes = nodes;
    this.#pools = pools;
    this.#cpus = pools.cpus;
    this.#memoryMiB = pools.memoryMiB;
    this.#devices = [...pools.devices];
    this.#named = new Map(Object.entries(pools.named));
    this.#kindOf = nodes.map(({ needs }) => JSON.stringify(needs));
    this.#consumers = consumersOf(nodes);
    this.#rank = ranks(nodes, this.#consumers);
    this.#phases = nodes.map(() => 'waiting');
    this.#missing = nodes.map((node) => node.dependencies.length);
    this.#open = nodes.length;
    for (const [index, missing] of this.#missing.entries()) if (missing === 0) this.#ready.push(index);
  }

  /** True when every node has ended. */
  get finished(): boolean {
    return this.#open === 0;
  }

  /** The nodes that have become ready since the last call. */
  takeReady(): readonly number[] {
    const ready = this.#ready.splice(0).filter((node) => this.#phases[node] === 'waiting');
    for (const node of ready) this.#phases[node] = 'handed-out';
    return ready;
  }

  /** The node has to run. */
  queue(node: number): void {
    this.#expect(node, 'handed-out');
    this.#phases[node] = 'queued';
    // Kept sorted, best last, by binary insertion.
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rank[this.#queue[middle]!]! > this.#rank[node]!) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, node);
    this.#count(this.#kindOf[node]!, 1);
  }

  /** The best queued node that fits, on the slots that it gets; undefined if none fits now. */
  start(): Assignment | undefined {
    if (this.#cpus <= 0 && this.#running > 0) return undefined;
    // Most nodes need the same: once each kind in the queue was found not to fit, the rest need not be looked at.
    const unfit = new Set<string>();
    for (let at = this.#queue.length - 1; at >= 0 && unfit.size < this.#kinds.size; at--) {
      const node = this.#queue[at]!;
      const kind = this.#kindOf[node]!;
      if (unfit.has(kind)) continue;
      if (!this.#fits(this.#needs(node))) {
        unfit.add(kind);
        continue;
      }
      this.#queue.splice(at, 1);
      this.#count(kind, -1);
      this.#phases[node] = 'running';
      const assignment = { node, devices: this.#take(this.#needs(node)) };
      this.#taken.set(node, assignment);
      return assignment;
    }
    return undefined;
  }

  /** A running node goes back into the queue: another attempt. */
  retry(node: number): void {
    this.#expect(node, 'running');
    this.#release(node);
    this.#phases[node] = 'handed-out';
    this.queue(node);
  }

  done(node: number): void {
    this.#end(node, 'done');
    const waiting = this.#reopened.get(node) ?? this.#consumers[node]!;
    this.#reopened.delete(node);
    for (const consumer of waiting) {
      this.#missing[consumer]! -= 1;
      if (this.#missing[consumer] === 0) this.#ready.push(consumer);
    }
  }

  /**
   * An output of `producer`, which was done, turned out to be unreadable when `consumer` was to run: the consumer goes
   * back to waiting until the producer is done again. True if the producer has now to be made again by the caller.
   */
  reopen(producer: number, consumer: number): boolean {
    if (!this.canReopen(producer)) throw new Error(`internal error: node ${producer} can't be made again`);
    this.#release(consumer);
    this.#phases[consumer] = 'waiting';
    this.#missing[consumer]! += 1;
    const waiting = this.#reopened.get(producer);
    if (waiting !== undefined) {
      waiting.push(consumer);
      return false;
    }
    this.#expect(producer, 'done');
    this.#phases[producer] = 'handed-out';
    this.#open += 1;
    this.#reopened.set(producer, [consumer]);
    return true;
  }

  /** False once the producer has failed, or was given up: waiting for it would be forever. */
  canReopen(producer: number): boolean {
    return this.#phases[producer] === 'done' || this.#reopened.has(producer);
  }

  /** A node that was started and did not run is ready again. */
  reconsider(node: number): void {
    this.#expect(node, 'running');
    this.#release(node);
    this.#phases[node] = 'waiting';
    this.#ready.push(node);
  }

  /** Ends the node and everything below it; gives the nodes that can't run now, in the graph's order. */
  fail(node: number): readonly number[] {
    this.#end(node, 'failed');
    const skipped: number[] = [];
    // Whoever waits for it to be made again need not be a consumer: a twin of one has producers of its own.
    const stack = [...this.#consumers[node]!, ...(this.#reopened.get(node) ?? [])];
    this.#reopened.delete(node);
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (this.#phases[next] !== 'waiting') continue;
      this.#phases[next] = 'skipped';
      this.#open -= 1;
      skipped.push(next);
      stack.push(...this.#consumers[next]!);
    }
    return skipped.sort((a, b) => a - b);
  }

  /** Gives up on everything that has not started; gives those nodes. What runs goes on. */
  stop(): readonly number[] {
    const stopped: number[] = [];
    for (const [node, phase] of this.#phases.entries()) {
      if (phase !== 'waiting' && phase !== 'handed-out' && phase !== 'queued') continue;
      this.#phases[node] = 'skipped';
      this.#open -= 1;
      stopped.push(node);
    }
    this.#queue.length = 0;
    this.#kinds.clear();
    this.#ready.length = 0;
    this.#reopened.clear();
    return stopped;
  }

  get #running(): number {
    return this.#taken.size;
  }

  #count(kind: string, change: 1 | -1): void {
    const count = (this.#kinds.get(kind) ?? 0) + change;
    if (count === 0) this.#kinds.delete(kind);
    else this.#kinds.set(kind, count);
  }

  /** What the node takes of each pool. More than there is means all of it: it then runs alone. */
  #needs(node: number): Needs {
    const { cpus, memoryMiB, gpus, pools } = this.#nodes[node]!.needs;
    return {
      cpus: Math.min(cpus, this.#pools.cpus),
      memoryMiB: Math.min(memoryMiB, this.#pools.memoryMiB),
      gpus: Math.min(gpus, this.#pools.devices.length),
      pools,
    };
  }

  #fits(needs: Needs): boolean {
    return (
      needs.cpus <= this.#cpus &&
      needs.memoryMiB <= this.#memoryMiB &&
      needs.gpus <= this.#devices.length &&
      Object.entries(needs.pools).every(([name, slots]) => slots <= (this.#named.get(name) ?? 0))
    );
  }

  #take(needs: Needs): readonly string[] {
    this.#cpus -= needs.cpus;
    this.#memoryMiB -= needs.memoryMiB;
    for (const [name, slots] of Object.entries(needs.pools)) this.#named.set(name, this.#named.get(name)! - slots);
    return this.#devices.splice(0, needs.gpus);
  }

  #release(node: number): void {
    const assignment = this.#taken.get(node);
    if (assignment === undefined) return;
    this.#taken.delete(node);
    const needs = this.#needs(node);
    this.#cpus += needs.cpus;
    this.#memoryMiB += needs.memoryMiB;
    for (const [name, slots] of Object.entries(needs.pools)) this.#named.set(name, this.#named.get(name)! + slots);
    this.#devices.push(...assignment.devices);
    this.#devices.sort();
    // Sums of fractions do not come back to where they began: what needs all there is would wait forever.
    if (this.#taken.size === 0) {
      this.#cpus = this.#pools.cpus;
      this.#memoryMiB = this.#pools.memoryMiB;
      this.#named = new Map(Object.entries(this.#pools.named));
    }
  }

  #end(node: number, phase: 'done' | 'failed'): void {
    const before = this.#phases[node];
    if (before !== 'handed-out' && before !== 'running')
      throw new Error(`internal error: node ${node} ended as ${phase} while ${before}`);
    this.#release(node);
    this.#phases[node] = phase;
    this.#open -= 1;
  }

  #expect(node: number, phase: Phase): void {
    if (this.#phases[node] !== phase)
      throw new Error(`internal error: node ${node} is ${this.#phases[node]}, not ${phase}`);
  }
}

function consumersOf(nodes: readonly ScheduledNode[]): readonly (readonly number[])[] {
  const lists: number[][] = nodes.map(() => []);
  for (const [index, node] of nodes.entries())
    for (const dependency of node.dependencies) lists[dependency]!.push(index);
  return lists;
}

/** Position in the order of starting: 0 first. Nodes are in topological order. */
function ranks(nodes: readonly ScheduledNode[], consumers: readonly (readonly number[])[]): readonly number[] {
  const path = nodes.map((node) => node.seconds);
  for (let index = nodes.length - 1; index >= 0; index--) {
    let below = 0;
    for (const consumer of consumers[index]!) below = Math.max(below, path[consumer]!);
    path[index]! += below;
  }
  const order = nodes.map((_, index) => index);
  order.sort((a, b) => nodes[b]!.priority - nodes[a]!.priority || path[b]! - path[a]! || a - b);
  const rank: number[] = [];
  for (const [position, index] of order.entries()) rank[index] = position;
  return rank;
}
