import { describe, expect, test } from 'vitest';
import { deviceError, lossError } from '../../../src/ml/webgpu/device-errors.ts';

/** Errors as Dawn gives them, known by the name of their class; the real classes come with Dawn. */
const CLASSES = {
  memory: class GPUOutOfMemoryError extends Error {},
  invalid: class GPUValidationError extends Error {},
};
const errorOf = (kind: keyof typeof CLASSES, message: string): { readonly message: string } =>
  new CLASSES[kind](message);

describe('the failure of a device', () => {
  test.each([
    [
      errorOf('memory', 'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY\n - While calling [Device]'),
      'memory',
      'The GPU has too little memory (vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY); use smaller batches, or fewer networks at once.',
    ],
    [
      errorOf('invalid', 'Buffer size (1600000000) exceeds the max buffer size limit (1073741824).\n - While'),
      'memory',
      'The GPU has too little memory (Buffer size (1600000000) exceeds the max buffer size limit (1073741824)); use smaller batches, or fewer networks at once.',
    ],
    [
      errorOf('invalid', 'Invalid BufferUsage: 10000000.\n - While'),
      'misused',
      'The GPU refused what the stage asked for (Invalid BufferUsage: 10000000).',
    ],
  ])('%# has the first line of what Dawn says', (error, failure, message) => {
    expect(deviceError(error)).toMatchObject({ code: 'DEVICE', failure, message });
  });

  test('is a loss if it was taken away, and a misuse if the stage destroyed it', () => {
    expect(lossError({ reason: 'unknown', message: 'A driver was reset.\nmore' })).toMatchObject({
      failure: 'lost',
      message: 'The GPU was lost while the stage computed on it (A driver was reset).',
    });
    expect(lossError({ reason: 'destroyed', message: 'device was destroyed' })).toMatchObject({ failure: 'misused' });
  });
});
