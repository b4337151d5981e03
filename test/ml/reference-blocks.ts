/**
 * Networks of blocks in float64, number by number, with derivatives by a tape: written from what spec.ts says, and not
 * from the graph that the backends execute. The reference for their gradients, losses and predictions.
 */
import type { TrainingSet } from '../../src/ml/data/dataset.ts';
import type { Block, BlockNetwork, BlockBranch, HiddenLayer } from '../../src/ml/network/spec.ts';

/** A number with the numbers that it is made of, and its derivative by each. */
interface Var {
  readonly value: number;
  readonly parents: readonly Var[];
  readonly slopes: readonly number[];
  by: number;
  /** What that would be if nothing cancelled: the sum of the sizes of all terms. */
  size: number;
}

export interface Reference {
  readonly loss: number;
  /** By the name of the parameter. */
  readonly gradient: ReadonlyMap<string, readonly number[]>;
  /** For each of them, the sum of the sizes of the terms that it is the sum of: what rounding is relative to. */
  readonly sizes: ReadonlyMap<string, readonly number[]>;
  /**
   * How much batch norms magnify rounding: the largest size of a number that one takes, by its standard deviation; at
   * least 1.
   */
  readonly condition: number;
  /** Outputs of all heads, row by row. */
  readonly predictions: readonly (readonly number[])[];
  /** Running statistics after this batch. */
  readonly statistics: ReadonlyMap<string, readonly number[]>;
}

/** What is known of a network: numbers by the names of parameters and statistics. */
export type Known = ReadonlyMap<string, ArrayLike<number>>;

export interface Mode {
  readonly training: boolean;
  /**
   * For each dropout in the order of the network: what the value of a neuron in a row is multiplied by, 0 if dropped.
   */
  readonly gain?: (dropout: number, row: number, neuron: number) => number;
}

export function reference(spec: BlockNetwork, known: Known, data: TrainingSet, mode: Mode): Reference {
  return new Tape(spec, known, data, mode).run();
}

class Tape {
  readonly #vars: Var[] = [];
  readonly #parameters = new Map<string, Var[]>();
  readonly #statistics = new Map<string, readonly number[]>();
  #dropouts = 0;
  #condition = 1;

  readonly spec: BlockNetwork;
  readonly known: Known;
  readonly data: TrainingSet;
  readonly mode: Mode;

  constructor(spec: BlockNetwork, known: Known, data: TrainingSet, mode: Mode) {
    this.spec = spec;
    this.known = known;
    this.data = data;
    this.mode = mode;
  }

  run(): Reference {
    const { spec, data } = this;
    const inputs = this.#inputs(
      spec.embeddings.map((_, i) => i),
      Array.from({ length: spec.continuous }, (_, i) => i),
    );
    const top = this.#block(spec.body, 'body', inputs);
    const columns = spec.heads.reduce((sum, { kind, outputs }) => sum + (kind === 'softmax' ? 1 : outputs), 0);
    const predictions: number[][] = top.map(() => []);
    const losses: Var[] = [];
    let column = 0;
    for (const [i, { kind, outputs, lossWeight = 1 }] of spec.heads.entries()) {
      for (const [row, z] of this.#linear(`head.${i}`, top, outputs).entries()) {
        const target = (o: number): number => data.targets[row * columns + column + o]!;
        const weight = (lossWeight * data.weights[row]!) / data.rows;
        if (kind === 'softmax') {
          const total = z.reduce((sum, { value }) => sum + Math.exp(value), 0);
          const p = z.map(({ value }) => Math.exp(value) / total);
          predictions[row]!.push(...p);
          const slopes = p.map((share, o) => weight * (share - (o === target(0) ? 1 : 0)));
          losses.push(this.#var(weight * (Math.log(total) - z[target(0)]!.value), z, slopes));
        } else if (kind === 'sigmoid') {
          const p = z.map(({ value }) => 1 / (1 + Math.exp(-value)));
          predictions[row]!.push(...p);
          const loss = z.reduce((sum, { value }, o) => sum + Math.log(1 + Math.exp(value)) - target(o) * value, 0);
          const slopes = p.map((share, o) => (weight * (share - target(o))) / outputs);
          losses.push(this.#var((weight * loss) / outputs, z, slopes));
        } else {
          predictions[row]!.push(...z.map(({ value }) => value));
          const loss = z.reduce((sum, { value }, o) => sum + (value - target(o)) ** 2, 0);
          const slopes = z.map(({ value }, o) => (2 * weight * (value - target(o))) / outputs);
          losses.push(this.#var((weight * loss) / outputs, z, slopes));
        }
      }
      column += kind === 'softmax' ? 1 : outputs;
    }
    const loss = losses.reduce((sum, { value }) => sum + value, 0);
    for (const part of losses) part.by = part.size = 1;
    for (const { by, size, parents, slopes } of this.#vars.toReversed()) {
      for (const [i, parent] of parents.entries()) {
        parent.by += by * slopes[i]!;
        parent.size += size * Math.abs(slopes[i]!);
      }
    }
    const ofParameters = (number: (of: Var) => number): ReadonlyMap<string, readonly number[]> =>
      new Map([...this.#parameters].map(([name, vars]) => [name, vars.map(number)]));
    return {
      loss,
      gradient: ofParameters(({ by }) => by),
      sizes: ofParameters(({ size }) => size),
      condition: this.#condition,
      predictions,
      statistics: this.#statistics,
    };
  }

  #var(value: number, parents: readonly Var[], slopes: readonly number[]): Var {
    const made = { value, parents, slopes, by: 0, size: 0 };
    this.#vars.push(made);
    return made;
  }

  #parameter(name: string): readonly Var[] {
    const vars = this.#parameters.get(name) ?? Array.from(this.known.get(name)!, (value) => this.#var(value, [], []));
    this.#parameters.set(name, vars);
    return vars;
  }

  /** [row][feature]. */
  #inputs(embeddings: readonly number[], continuous: readonly number[]): readonly (readonly Var[])[] {
    const { spec, data } = this;
    return Array.from({ length: data.rows }, (_, row) => [
      ...embeddings.flatMap((i) => {
        const { size } = spec.embeddings[i]!;
        const code = data.codes[row * spec.embeddings.length + i]!;
        return this.#parameter(`embedding.${i}`).slice(code * size, (code + 1) * size);
      }),
      ...continuous.map((i) => this.#var(data.continuous[row * spec.continuous + i]!, [], [])),
    ]);
  }

  #block(block: Block, path: string, x: readonly (readonly Var[])[]): readonly (readonly Var[])[] {
    switch (block.kind) {
      case 'layers':
        return block.layers.reduce((inputs, layer, k) => this.#layer(layer, `${path}.${k}`, inputs), x);
      case 'dense': {
        let seen = x;
        let last = x;
        for (const [k, layer] of block.layers.entries()) {
          last = this.#layer(layer, `${path}.${k}`, seen);
          seen = last.map((h, row) => [...h, ...seen[row]!]);
        }
        return last;
      }
      case 'residual': {
        const last = block.layers.reduce((inputs, layer, k) => this.#layer(layer, `${path}.${k}`, inputs), x);
        return last.map((h, row) => h.map((f, o) => this.#var(f.value + x[row]![o]!.value, [f, x[row]![o]!], [1, 1])));
      }
      case 'sequence':
        return block.blocks.reduce((inputs, part, i) => this.#block(part, `${path}.${i}`, inputs), x);
      case 'parallel': {
        const given = block.branches.map((branch, i) => this.#branch(branch, `${path}.${i}`, x));
        return x.map((_, row) => given.flatMap((outputs) => outputs[row]!));
      }
    }
  }

  #branch(
    { inputs, bottleneck, body }: BlockBranch,
    path: string,
    x: readonly (readonly Var[])[],
  ): readonly (readonly Var[])[] {
    const { spec } = this;
    let taken = x;
    if (inputs !== undefined) {
      taken = this.#inputs(inputs.embeddings, inputs.continuous);
      if (bottleneck !== undefined) {
        const left = this.#inputs(
          spec.embeddings.map((_, i) => i).filter((i) => !inputs.embeddings.includes(i)),
          Array.from({ length: spec.continuous }, (_, i) => i).filter((i) => !inputs.continuous.includes(i)),
        );
        const narrow = this.#layer(bottleneck, `${path}.bottleneck`, left);
        taken = taken.map((features, row) => [...features, ...narrow[row]!]);
      }
    }
    return body === undefined ? taken : this.#block(body, path, taken);
  }

  #linear(path: string, x: readonly (readonly Var[])[], width: number): readonly (readonly Var[])[] {
    const [weights, biases] = [this.#parameter(`${path}.weight`), this.#parameter(`${path}.bias`)];
    return x.map((inputs) =>
      Array.from({ length: width }, (_, o) => {
        const own = inputs.map((__, i) => weights[i * width + o]!);
        const value = inputs.reduce((sum, input, i) => sum + input.value * own[i]!.value, biases[o]!.value);
        const slopes = [...own.map((w) => w.value), ...inputs.map((input) => input.value), 1];
        return this.#var(value, [...inputs, ...own, biases[o]!], slopes);
      }),
    );
  }

  #layer(layer: HiddenLayer, path: string, x: readonly (readonly Var[])[]): readonly (readonly Var[])[] {
    const { width, activation, batchNorm, dropout = 0 } = layer;
    let h = this.#linear(path, x, width);
    if (batchNorm === 'before') h = this.#batchNorm(path, h);
    h = h.map((row) => row.map((z) => this.#activation(activation, path, z)));
    if (batchNorm === 'after') h = this.#batchNorm(path, h);
    if (dropout > 0 && this.mode.training) h = this.#dropOut(layer, h);
    return h;
  }

  #activation(activation: HiddenLayer['activation'], path: string, z: Var): Var {
    const x = z.value;
    switch (activation) {
      case 'identity':
        return z;
      case 'relu':
        return this.#var(Math.max(0, x), [z], [x > 0 ? 1 : 0]);
      case 'swish': {
        const s = 1 / (1 + Math.exp(-x));
        return this.#var(x * s, [z], [s + x * s * (1 - s)]);
      }
      case 'selu': {
        // The constants of arXiv:1706.02515, section 2.
        const [l, a] = [1.0507009873554804934193349852946, 1.6732632423543772848170429916717];
        return x > 0 ? this.#var(l * x, [z], [l]) : this.#var(l * a * Math.expm1(x), [z], [l * a * Math.exp(x)]);
      }
      case 'prelu': {
        const [a] = this.#parameter(`${path}.slope`) as [Var];
        return x > 0 ? this.#var(x, [z], [1]) : this.#var(a.value * x, [z, a], [a.value, x]);
      }
    }
  }

  /** As torch.nn.BatchNorm1d documents it. */
  #batchNorm(path: string, z: readonly (readonly Var[])[]): readonly (readonly Var[])[] {
    const rows = z.length;
    const [scale, shift] = [this.#parameter(`${path}.scale`), this.#parameter(`${path}.shift`)];
    const [mean, variance] = [this.known.get(`${path}.mean`)!, this.known.get(`${path}.variance`)!];
    const columns = scale.map((_, o) => z.map((row) => row[o]!));
    const standard = columns.map((column, o) => {
      if (!this.mode.training) {
        const inverse = 1 / Math.sqrt(variance[o]! + 1e-5);
        return column.map((x) => this.#var((x.value - mean[o]!) * inverse, [x], [inverse]));
      }
      const m = this.#var(
        column.reduce((sum, { value }) => sum + value, 0) / rows,
        column,
        column.map(() => 1 / rows),
      );
      const centred = column.map((x) => this.#var(x.value - m.value, [x, m], [1, -1]));
      const v = this.#var(
        centred.reduce((sum, { value }) => sum + value ** 2, 0) / rows,
        centred,
        centred.map(({ value }) => (2 * value) / rows),
      );
      const move = (name: string, present: number, value: number): void =>
        void this.#statistics.set(name, [...(this.#statistics.get(name) ?? []), 0.9 * present + 0.1 * value]);
      move(`${path}.mean`, mean[o]!, m.value);
      move(`${path}.variance`, variance[o]!, (v.value * rows) / (rows - 1));
      const root = Math.sqrt(v.value + 1e-5);
      this.#condition = Math.max(this.#condition, ...column.map(({ value }) => Math.abs(value) / root));
      return centred.map((x) => this.#var(x.value / root, [x, v], [1 / root, -x.value / (2 * root ** 3)]));
    });
    return z.map((_, row) =>
      standard.map((column, o) => {
        const x = column[row]!;
        const [g, b] = [scale[o]!, shift[o]!];
        return this.#var(x.value * g.value + b.value, [x, g, b], [g.value, x.value, 1]);
      }),
    );
  }

  /** As torch.nn.Dropout and torch.nn.AlphaDropout document it. */
  #dropOut({ activation, dropout: p = 0 }: HiddenLayer, h: readonly (readonly Var[])[]): readonly (readonly Var[])[] {
    const index = this.#dropouts++;
    const limit = -1.7580993408473766;
    return h.map((row, r) =>
      row.map((x, o) => {
        const isKept = this.mode.gain!(index, r, o) !== 0;
        if (activation !== 'selu') return this.#var(isKept ? x.value / (1 - p) : 0, [x], [isKept ? 1 / (1 - p) : 0]);
        const a = (1 - p + limit ** 2 * p * (1 - p)) ** -0.5;
        const b = -a * p * limit;
        return this.#var(a * (isKept ? x.value : limit) + b, [x], [isKept ? a : 0]);
      }),
    );
  }
}
