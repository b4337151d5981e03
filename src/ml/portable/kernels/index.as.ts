/** What the module exports: every kernel. ../kernels.ts has the same names as TypeScript sees them. */
export {
  backThrough, crossEntropySlope, dropOut, prelu, preluGradient, relu, selu, sigmoid, swish,
} from './activations.as';
export { adam } from './adam.as';
export { batchNorm, batchNormGradient, standardise } from './batch-norm.as';
export { lookUp, lookUpGradient } from './embedding.as';
export { move } from './features.as';
export { gemm } from './gemm.as';
export { softmax, softmaxSlope, squaredErrorSlope } from './heads.as';
export { addMultiple, descend, keep } from './vectors.as';
export { pack, weightGradient } from './weight-gradient.as';
