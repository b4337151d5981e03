/** From a spec to the graph that it stands for: which layers there are, what each takes, and what it is called. */
import type { NetworkGraph } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Block, BlockBranch, HiddenLayer, NetworkSpec } from './spec.ts';

/**
 * @throws RangeError if a count in `spec` is not a whole number that makes sense, or its parts do not fit one another.
 */
export function graphOf(spec: NetworkSpec): NetworkGraph {
  const builder = new GraphBuilder(spec);
  const inputs = builder.networkInputs;
  if (spec.kind === undefined) {
    const { depth, width, activation, dense } = spec;
    builder.check('depth of a network', depth, 1);
    builder.check('width of a network', width, 1);
    const layers = Array.from({ length: depth }, () => ({ width, activation }));
    const top = block(builder, { kind: dense ? 'dense' : 'layers', layers }, 'hidden', inputs);
    builder.head({ kind: 'sigmoid', outputs: 1 }, 'output', top);
  } else {
    const top = block(builder, spec.body, 'body', inputs);
    if (spec.heads.length === 0) throw new RangeError('A network needs at least one head.');
    for (const [i, head] of spec.heads.entries()) builder.head(head, `head.${i}`, top);
  }
  return builder.graph();
}

/** Adds a block that takes the features of these nodes. Gives the nodes whose features it gives. */
function block(builder: GraphBuilder, spec: Block, path: string, x: readonly number[]): readonly number[] {
  switch (spec.kind) {
    case 'layers':
      return layers(builder, spec.layers, path, x);
    case 'dense':
      return dense(builder, spec.layers, path, x);
    case 'residual': {
      const [last] = layers(builder, spec.layers, path, x) as [number];
      return [builder.sum(last, x, path)];
    }
    case 'sequence':
      builder.checkParts('blocks', path, spec.blocks.length);
      return spec.blocks.reduce((inputs, part, i) => block(builder, part, `${path}.${i}`, inputs), x);
    case 'parallel': {
      builder.checkParts('branches', path, spec.branches.length);
      const given = spec.branches.flatMap((part, i) => branch(builder, part, `${path}.${i}`, x));
      builder.group(given);
      return given;
    }
  }
}

function layers(
  builder: GraphBuilder,
  specs: readonly HiddenLayer[],
  path: string,
  x: readonly number[],
): readonly number[] {
  builder.checkParts('layers', path, specs.length);
  return specs.reduce((inputs, spec, k) => [builder.layer(spec, `${path}.${k}`, inputs)], x);
}

function dense(
  builder: GraphBuilder,
  specs: readonly HiddenLayer[],
  path: string,
  x: readonly number[],
): readonly number[] {
  builder.checkParts('layers', path, specs.length);
  let seen = x;
  for (const [k, spec] of specs.slice(0, -1).entries()) seen = [builder.layer(spec, `${path}.${k}`, seen), ...seen];
  builder.group(seen);
  return [builder.layer(specs.at(-1)!, `${path}.${specs.length - 1}`, seen)];
}

function branch(builder: GraphBuilder, spec: BlockBranch, path: string, x: readonly number[]): readonly number[] {
  const { inputs, bottleneck, body } = spec;
  if (inputs === undefined && bottleneck !== undefined)
    throw new RangeError(
      `The branch "${path}" has a bottleneck but no "inputs", so it leaves none out; give it inputs.`,
    );
  let taken = x;
  if (inputs !== undefined) {
    taken = builder.select(inputs, path);
    if (bottleneck !== undefined) {
      const others = builder.select(builder.complement(inputs), path);
      builder.group(others);
      taken = [...taken, builder.layer(bottleneck, `${path}.bottleneck`, others)];
    }
    if (body !== undefined) builder.group(taken);
  }
  return body === undefined ? taken : block(builder, body, path, taken);
}
