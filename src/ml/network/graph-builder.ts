/**
 * Builds the graph of a network, node by node: it gives parameters their names, order and initial distribution, and
 * refuses parts that do not fit.
 */
import type { GraphHead, GraphNode, GraphParameter, Initial, Linear, NetworkGraph, Operation, Step } from './graph.ts';
import type { Activation, Head, HiddenLayer, InputChoice, NetworkSpec } from './spec.ts';

export class GraphBuilder {
  /** The nodes of the network's inputs: embeddings, then the continuous inputs if there are any. */
  readonly networkInputs: readonly number[];
  readonly #spec: NetworkSpec;
  readonly #nodes: GraphNode[] = [];
  readonly #heads: GraphHead[] = [];
  readonly #parameters: GraphParameter[] = [];
  readonly #statistics: GraphParameter[] = [];
  readonly #groups: (readonly number[])[] = [];

  constructor(spec: NetworkSpec) {
    this.#spec = spec;
    this.check('number of continuous inputs of a network', spec.continuous, 0);
    if (spec.continuous + spec.embeddings.length === 0)
      throw new RangeError('A network needs at least one input: give it continuous inputs or an embedding.');
    const embedded = spec.embeddings.map(({ cardinality, size }, column) => {
      this.check(`cardinality of embedding ${column} of a network`, cardinality, 1);
      this.check(`size of embedding ${column} of a network`, size, 1);
      const table = this.#parameter(`embedding.${column}`, [cardinality, size], { std: 1 });
      return this.#add({ op: 'embedding', column, table, cardinality }, size, true);
    });
    const continuous = spec.continuous === 0 ? [] : [this.#add({ op: 'continuous' }, spec.continuous, false)];
    this.networkInputs = [...embedded, ...continuous];
    this.#groups.push(this.networkInputs);
  }

  graph(): NetworkGraph {
    const grouped = new Set(this.#groups.flat());
    return {
      nodes: this.#nodes,
      heads: this.#heads,
      targets: this.#heads.reduce((sum, { targets }) => sum + targets, 0),
      parameters: this.#parameters,
      statistics: this.#statistics,
      groups: [...this.#groups, ...this.#nodes.flatMap((_, node) => (grouped.has(node) ? [] : [[node]]))],
    };
  }

  check(what: string, count: number, least: number): void {
    if (!Number.isSafeInteger(count) || count < least)
      throw new RangeError(`The ${what} must be a whole number of at least ${least}, not ${count}.`);
  }

  checkParts(what: string, path: string, count: number): void {
    if (count === 0) throw new RangeError(`The block "${path}" of a network has no ${what}; give it one at least.`);
  }

  /** Asks for nodes to lie side by side, as far as they have no place yet. */
  group(nodes: readonly number[]): void {
    const grouped = new Set(this.#groups.flat());
    const fresh = nodes.findIndex((node, i) => grouped.has(node) || nodes.indexOf(node) < i);
    const leading = fresh === -1 ? nodes : nodes.slice(0, fresh);
    const rest = nodes.slice(leading.length);
    const follower = this.#groups.findIndex((group) => group.join() === rest.join());
    if (follower !== -1) this.#groups[follower] = nodes;
    else if (leading.length > 0) this.#groups.push(leading);
  }

  layer({ width, activation, batchNorm, dropout = 0 }: HiddenLayer, path: string, inputs: readonly number[]): number {
    this.check(`width of layer "${path}" of a network`, width, 1);
    if (!(dropout >= 0 && dropout < 1))
      throw new RangeError(`The dropout of layer "${path}" must be at least 0 and below 1, not ${dropout}.`);
    const linear = this.#linear(path, inputs, width, (fanIn) => initialStd(activation, fanIn, width));
    const steps: Step[] = [];
    if (batchNorm === 'before') steps.push(this.#batchNorm(path, width));
    if (activation === 'prelu')
      steps.push({ kind: 'prelu', slope: this.#parameter(`${path}.slope`, [1], { value: 0.25 }) });
    else if (activation !== 'identity') steps.push({ kind: 'activation', activation });
    if (batchNorm === 'after') steps.push(this.#batchNorm(path, width));
    if (dropout > 0) steps.push(dropoutStep(dropout, activation));
    return this.#add({ op: 'layer', ...linear, steps }, width, true);
  }

  head({ kind, outputs, lossWeight = 1 }: Head, path: string, inputs: readonly number[]): void {
    this.check(`number of outputs of "${path}" of a network`, outputs, kind === 'softmax' ? 2 : 1);
    if (!(lossWeight > 0 && Number.isFinite(lossWeight)))
      throw new RangeError(`The loss weight of "${path}" of a network must be above 0, not ${lossWeight}.`);
    const linear = this.#linear(path, inputs, outputs, (fanIn) => Math.sqrt(2 / (fanIn + outputs)));
    const target = this.#heads.reduce((sum, { targets }) => sum + targets, 0);
    const targets = kind === 'softmax' ? 1 : outputs;
    this.#heads.push({ ...linear, kind, outputs, target, targets, factor: lossWeight / targets });
  }

  sum(added: number, inputs: readonly number[], path: string): number {
    const width = this.#width(inputs);
    const found = this.#nodes[added]!.width;
    if (found !== width)
      throw new RangeError(
        `The residual block "${path}" takes ${width} features and its last layer has ${found} neurons; give it ${width}.`,
      );
    return this.#add({ op: 'sum', added, inputs }, width, true);
  }

  /** The chosen inputs of the network: embeddings, which are learned, and continuous inputs, as a node each. */
  select({ embeddings, continuous }: InputChoice, path: string): readonly number[] {
    if (embeddings.length + continuous.length === 0)
      throw new RangeError(
        `The branch "${path}" of a network takes none of its inputs, or leaves none to its bottleneck.`,
      );
    const chosen = (what: string, numbers: readonly number[], count: number): void => {
      const bad = numbers.find((n, i) => !(Number.isSafeInteger(n) && n >= 0 && n < count) || numbers.indexOf(n) < i);
      if (bad !== undefined)
        throw new RangeError(
          `The branch "${path}" of a network takes ${what} ${bad}, which does not exist or comes twice; there are ${count}, numbered from 0.`,
        );
    };
    chosen('embedding', embeddings, this.#spec.embeddings.length);
    chosen('continuous input', continuous, this.#spec.continuous);
    const last = this.networkInputs.at(-1)!;
    const learned = embeddings.map((node) => ({ node, from: 0, to: this.#nodes[node]!.width }));
    const given = continuous.map((from) => ({ node: last, from, to: from + 1 }));
    return [learned, given]
      .filter((slices) => slices.length > 0)
      .map((slices) => this.#add({ op: 'select', slices: joined(slices) }, widthOf(slices), slices === learned));
  }

  complement({ embeddings, continuous }: InputChoice): InputChoice {
    const others = (count: number, chosen: readonly number[]): readonly number[] =>
      Array.from({ length: count }, (_, i) => i).filter((i) => !chosen.includes(i));
    return {
      embeddings: others(this.#spec.embeddings.length, embeddings),
      continuous: others(this.#spec.continuous, continuous),
    };
  }

  #linear(path: string, inputs: readonly number[], width: number, std: (fanIn: number) => number): Linear {
    const fanIn = this.#width(inputs);
    const weight = this.#parameter(`${path}.weight`, [fanIn, width], { std: std(fanIn) });
    return { inputs, fanIn, weight, bias: this.#parameter(`${path}.bias`, [width], { value: 0 }) };
  }

  #batchNorm(path: string, width: number): Step {
    return {
      kind: 'batchNorm',
      scale: this.#parameter(`${path}.scale`, [width], { value: 1 }),
      shift: this.#parameter(`${path}.shift`, [width], { value: 0 }),
      mean: this.#statistics.push({ name: `${path}.mean`, shape: [width], initial: { value: 0 } }) - 1,
      variance: this.#statistics.push({ name: `${path}.variance`, shape: [width], initial: { value: 1 } }) - 1,
    };
  }

  #parameter(name: string, shape: readonly number[], initial: Initial): number {
    return this.#parameters.push({ name, shape, initial }) - 1;
  }

  #width(nodes: readonly number[]): number {
    return nodes.reduce((sum, node) => sum + this.#nodes[node]!.width, 0);
  }

  #add(operation: Operation, width: number, learned: boolean): number {
    return this.#nodes.push({ ...operation, width, learned }) - 1;
  }
}

/**
 * The standard deviation of a layer's initial weights: Kaiming normal, sqrt(2 / fan-in) (He et al., arXiv:1502.01852,
 * eq. 10); for `selu` LeCun's, sqrt(1 / fan-in) (arXiv:1706.02515, section 2); for `identity` Xavier's (Glorot and
 * Bengio, AISTATS 2010).
 */
function initialStd(activation: Activation, fanIn: number, fanOut: number): number {
  switch (activation) {
    case 'relu':
    case 'swish':
    case 'prelu':
      return Math.sqrt(2 / fanIn);
    case 'selu':
      return Math.sqrt(1 / fanIn);
    case 'identity':
      return Math.sqrt(2 / (fanIn + fanOut));
  }
}

/**
 * Dropout (Srivastava et al., JMLR 15 (2014) 1929) keeps the mean by 1 / (1 - rate). Alpha dropout (arXiv:1706.02515,
 * section 3) sets what it drops to a = -l alpha, the limit of SELU, and then keeps mean 0 and variance 1 by an affine
 * map of the rest and of a alike.
 */
function dropoutStep(rate: number, activation: Activation): Step {
  if (activation !== 'selu') return { kind: 'dropout', rate, gain: 1 / (1 - rate), shift: 0, dropped: 0 };
  const limit = -1.7580993408473766;
  const gain = 1 / Math.sqrt((1 - rate) * (1 + rate * limit * limit));
  const shift = -gain * rate * limit;
  return { kind: 'dropout', rate, gain, shift, dropped: gain * limit + shift };
}

function widthOf(slices: readonly { readonly from: number; readonly to: number }[]): number {
  return slices.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Slices that follow one another in the same node as one. */
function joined<S extends { readonly node: number; readonly from: number; readonly to: number }>(
  slices: readonly S[],
): readonly S[] {
  return slices.reduce<S[]>((list, slice) => {
    const last = list.at(-1);
    if (last === undefined || last.node !== slice.node || last.to !== slice.from) return [...list, slice];
    return [...list.slice(0, -1), { ...last, to: slice.to }];
  }, []);
}
