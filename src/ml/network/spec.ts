/**
 * Networks as data: a perceptron, or a tree of blocks with heads. Plain JSON, so that a spec is a stage's parameter and
 * part of its key; `networkSpecSchema` checks one. graph.ts says what a spec computes.
 */

/** One categorical input: codes 0 to `cardinality - 1`, each looked up as a vector of `size` numbers. */
export interface Embedding {
  readonly cardinality: number;
  readonly size: number;
}

/** What every network takes. */
interface NetworkInputsSpec {
  /** How many continuous inputs. */
  readonly continuous: number;
  /** The categorical inputs, in the order of their codes in a row; none: []. */
  readonly embeddings: readonly Embedding[];
}

/**
 * A multilayer perceptron with layers of one width and one sigmoid output. With x_0 = [embedded categories, continuous
 * inputs] and h_k = activation(x_k W_k + b_k), the next layer takes
 *
 *     x_{k+1} = h_k              or, densely connected (Huang et al., arXiv:1608.06993, eq. 2),  x_{k+1} = [h_k, x_k]
 *
 * and the output is sigmoid(h_last w + b), in both cases of the last hidden layer alone.
 */
export interface Perceptron extends NetworkInputsSpec {
  readonly kind?: undefined;
  /** How many hidden layers. */
  readonly depth: number;
  /** Neurons in each hidden layer. */
  readonly width: number;
  readonly activation: 'relu' | 'swish';
  /** Whether each hidden layer sees the outputs of all earlier ones and the inputs. */
  readonly dense: boolean;
}

/** A tree of blocks between the inputs, [embedded categories, continuous inputs], and any number of heads. */
export interface BlockNetwork extends NetworkInputsSpec {
  readonly kind: 'blocks';
  readonly body: Block;
  /** Each sees what the body gives. The loss is the sum of theirs. */
  readonly heads: readonly Head[];
}

export type NetworkSpec = Perceptron | BlockNetwork;

/**
 * - `relu`: max(z, 0)
 * - `swish`: z sigmoid(z) (Ramachandran et al., arXiv:1710.05941, with beta = 1)
 * - `selu`: l z where z > 0, else l a (exp(z) - 1), with l = 1.0507 and a = 1.6733 (Klambauer et al., arXiv:1706.02515)
 * - `prelu`: z where z > 0, else a z; one a a layer is learned, from 0.25 on (He et al., arXiv:1502.01852)
 * - `identity`: z
 */
export type Activation = 'relu' | 'swish' | 'selu' | 'prelu' | 'identity';

/** One fully connected layer with what follows it, in this order: activation, batch norm, dropout. */
export interface HiddenLayer {
  /** Its neurons. */
  readonly width: number;
  readonly activation: Activation;
  /**
   * Batch norm (Ioffe and Szegedy, arXiv:1502.03167) `before` the activation or `after` it; default: none. As in
   * PyTorch: epsilon 1e-5; running statistics with momentum 0.1, the running variance unbiased.
   */
  readonly batchNorm?: 'before' | 'after' | undefined;
  /**
   * The probability that an output is dropped while training; default 0. After `selu` it is alpha dropout
   * (arXiv:1706.02515, section 3), which keeps mean and variance.
   */
  readonly dropout?: number | undefined;
}

/**
 * - `layers`: each sees the outputs of the one before.
 * - `dense`: each sees the outputs of all before it and the block's input; the block gives those of the last alone.
 * - `residual`: x + layers(x) (He et al., arXiv:1603.05027, eq. 3 with f the identity); the last is as wide as x.
 * - `sequence`: one block after another.
 * - `parallel`: branches side by side; the block gives what they give, one after another.
 */
export type Block =
  | { readonly kind: 'layers' | 'dense' | 'residual'; readonly layers: readonly HiddenLayer[] }
  | { readonly kind: 'sequence'; readonly blocks: readonly Block[] }
  | { readonly kind: 'parallel'; readonly branches: readonly BlockBranch[] };

/** A branch of a `parallel` block. */
export interface BlockBranch {
  /** The inputs of the network that it takes; default: what its block takes. */
  readonly inputs?: InputChoice | undefined;
  /**
   * A layer on those inputs of the network that `inputs` leaves out, whose outputs follow the chosen ones (the
   * bottleneck of LUMIN's MultiBlock).
   */
  readonly bottleneck?: HiddenLayer | undefined;
  /** Default: none, the branch gives what it takes. */
  readonly body?: Block | undefined;
}

/** Some inputs of the network by their numbers, from 0. They come in the order given, embeddings first. */
export interface InputChoice {
  readonly embeddings: readonly number[];
  readonly continuous: readonly number[];
}

/**
 * Outputs of a network with their loss by row; z = x W + b.
 *
 * - `sigmoid`: probabilities sigmoid(z); binary cross-entropy softplus(z) - y z, the mean over the outputs. Targets
 * from 0 to 1.
 * - `softmax`: probabilities exp(z_c) / sum of exp(z); cross-entropy ln(sum of exp(z)) - z_y. One target: the class.
 * - `linear`: z itself; the squared error (z - y)^2, the mean over the outputs.
 */
export interface Head {
  readonly kind: 'sigmoid' | 'softmax' | 'linear';
  /** How many; of a softmax, its classes. */
  readonly outputs: number;
  /** What its loss counts; default 1. */
  readonly lossWeight?: number | undefined;
}
