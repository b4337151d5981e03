/** Where the toy pipeline of these tests is: a few quick stages that execute in-process. */
import { fileURLToPath } from 'node:url';

export const TOY = fileURLToPath(new URL('fixtures/toy.ts', import.meta.url));
