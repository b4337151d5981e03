/** Observes random numbers that no seed decides. */
import * as crypto from 'node:crypto';
import { observation } from './observation.ts';
import { source } from './source.ts';
import { observeMethod, replaceMethod } from './replace.ts';

const DRAWS = [
  'randomBytes',
  'pseudoRandomBytes',
  'prng',
  'rng',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'generateKey',
  'generateKeySync',
  'generateKeyPair',
  'generateKeyPairSync',
  'generatePrime',
  'generatePrimeSync',
];

export function observeEntropy(builtin: object): void {
  const random = source('entropy', 'Math.random');
  replaceMethod(
    Math,
    'random',
    (original) =>
      function (): unknown {
        observation()?.note(random);
        return original();
      },
  );
  for (const name of DRAWS) observe(builtin, name, `crypto.${name}`);
  const { webcrypto } = crypto;
  const prototype = Object.getPrototypeOf(webcrypto) as object;
  for (const name of ['getRandomValues', 'randomUUID']) observe(prototype, name, `crypto.${name}`);
  observe(Object.getPrototypeOf(webcrypto.subtle) as object, 'generateKey', 'crypto.subtle.generateKey');
}

function observe(owner: object, name: string, call: string): void {
  const reached = source('entropy', call);
  observeMethod(owner, name, { before: () => observation()?.note(reached) });
}
