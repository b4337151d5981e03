/** Compares what two executions of a state traced: the first call, tensor and element in which they differ. */
import { ulpDistance32, ulpDistance64 } from '../../core/numeric/ulp.ts';
import { type JsonNumber, jsonNumber } from '../../core/numeric/json-number.ts';
import { type TracedTensor, TraceReader, type TraceRecord } from '../../executors/attempt/trace-file.ts';

export interface TraceComparison {
  /** How many calls each made. */
  readonly calls: readonly [number, number];
  /** How many calls agree before the first that differs. */
  readonly agree: number;
  /** Null if they agree from the beginning to the end. */
  readonly first: TraceDifference | null;
  /** Whether both have the same values under the same names, in another order. */
  readonly reordered: boolean;
}

export interface TraceDifference {
  /** Of the call in the first execution; in the second where the first made no more. */
  readonly name: string;
  readonly step: number | null;
  /** How many calls came before it. */
  readonly call: number;
  readonly what: Discrepancy;
}

export type Discrepancy =
  /** One of the two made no more calls. */
  | { readonly type: 'only'; readonly in: 'first' | 'second' }
  /** The second traced something else here. */
  | { readonly type: 'call'; readonly name: string; readonly step: number | null }
  /** A tensor that only one of the two has in this call. */
  | { readonly type: 'tensor'; readonly tensor: string; readonly in: 'first' | 'second' }
  /** Of another dtype or shape, such as `float32 [3, 4]`. */
  | { readonly type: 'shape'; readonly tensor: string; readonly before: string; readonly after: string }
  /** By their digests alone, since the bytes of one were not kept. */
  | { readonly type: 'digest'; readonly tensor: string }
  | ElementDifference;

export interface ElementDifference {
  readonly type: 'element';
  /** Empty for a number or an array. */
  readonly tensor: string;
  /** Of the first element that differs, in row-major order. */
  readonly index: number;
  readonly shape: readonly number[];
  readonly before: JsonNumber;
  readonly after: JsonNumber;
  /** Units in the last place; null of integers, and where one is not a number. */
  readonly ulp: number | null;
  /** How many elements of the tensor differ. */
  readonly count: number;
}

/** @param first,second files of traces */
export function compareTraces(first: string, second: string): TraceComparison {
  const readers = [new TraceReader(first), new TraceReader(second)] as const;
  try {
    const balance = new Balance();
    let first: TraceDifference | null = null;
    let [agree, firstCalls, secondCalls] = [0, 0, 0];
    for (;;) {
      const [a, b] = [readers[0].next(), readers[1].next()];
      if (a === undefined && b === undefined) break;
      firstCalls += a === undefined ? 0 : 1;
      secondCalls += b === undefined ? 0 : 1;
      const what: Discrepancy | undefined = first === null ? discrepancyOf(a, b, readers) : undefined;
      if (what !== undefined) first = { ...labelOf((a ?? b)!), call: agree, what };
      if (first === null) agree += 1;
      else balance.add(a, b);
    }
    return { calls: [firstCalls, secondCalls], agree, first, reordered: first !== null && balance.isEven };
  } finally {
    for (const reader of readers) reader.close();
  }
}

function labelOf({ name, step }: TraceRecord): Pick<TraceRecord, 'name' | 'step'> {
  return { name, step };
}

/** Whether two lists have the same values under the same names, whatever their order and their steps. */
class Balance {
  readonly #more = new Map<string, number>();

  add(a: TraceRecord | undefined, b: TraceRecord | undefined): void {
    this.#count(a, 1);
    this.#count(b, -1);
  }

  get isEven(): boolean {
    return this.#more.size === 0;
  }

  #count(record: TraceRecord | undefined, change: 1 | -1): void {
    if (record === undefined) return;
    const values = record.tensors.map(({ name, dtype, shape, digest }) => [name, dtype, shape, digest]);
    const id = JSON.stringify([record.name, values]);
    const more = (this.#more.get(id) ?? 0) + change;
    if (more === 0) this.#more.delete(id);
    else this.#more.set(id, more);
  }
}

type Readers = readonly [TraceReader, TraceReader];

function discrepancyOf(
  a: TraceRecord | undefined,
  b: TraceRecord | undefined,
  readers: Readers,
): Discrepancy | undefined {
  if (a === undefined || b === undefined) return { type: 'only', in: b === undefined ? 'first' : 'second' };
  if (a.name !== b.name || a.step !== b.step) return { type: 'call', name: b.name, step: b.step };
  const tensors = new Map(b.tensors.map((tensor) => [tensor.name, tensor]));
  for (const tensor of a.tensors) {
    const other = tensors.get(tensor.name);
    if (other === undefined) return { type: 'tensor', tensor: tensor.name, in: 'first' };
    const what = tensorDifference([tensor, other], () => [
      readers[0].elements(a, tensor),
      readers[1].elements(b, other),
    ]);
    if (what !== undefined) return what;
  }
  const added = b.tensors.find(({ name }) => !a.tensors.some((tensor) => tensor.name === name));
  return added === undefined ? undefined : { type: 'tensor', tensor: added.name, in: 'second' };
}

type Elements = ReturnType<TraceReader['elements']>;

function tensorDifference(
  [a, b]: readonly [TracedTensor, TracedTensor],
  read: () => readonly [Elements, Elements],
): Discrepancy | undefined {
  const { name: tensor, dtype, shape } = a;
  const [before, after] = [a, b].map((each) => `${each.dtype} [${each.shape.join(', ')}]`) as [string, string];
  if (before !== after) return { type: 'shape', tensor, before, after };
  if (a.digest === b.digest) return undefined;
  const [x, y] = read();
  if (x === undefined || y === undefined) return { type: 'digest', tensor };
  let [index, count] = [-1, 0];
  for (let i = 0; i < x.length; i++) {
    if (Object.is(x[i], y[i])) continue;
    if (count++ === 0) index = i;
  }
  const distance = dtype === 'float64' ? ulpDistance64 : dtype === 'float32' ? ulpDistance32 : undefined;
  const ulp = distance?.(x[index]!, y[index]!) ?? Number.NaN;
  return {
    ...{ type: 'element', tensor, index, shape, count },
    before: jsonNumber(x[index]!),
    after: jsonNumber(y[index]!),
    ulp: Number.isFinite(ulp) ? ulp : null,
  };
}
