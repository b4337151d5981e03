/** What the module exports: every kernel. ../kernels.ts has the same names as TypeScript sees them. */
export { backThrough, crossEntropySlope, relu, sigmoid, swish } from './activations.as';
export { adam } from './adam.as';
export { lookUp, lookUpGradient } from './embedding.as';
export { gemm } from './gemm.as';
export { pack, weightGradient } from './weight-gradient.as';
