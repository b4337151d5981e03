/** A set-up file of vitest: each test file cleans up after itself, whether or not it shares its process with others. */
import { afterAll } from 'vitest';
import { cleanUp } from './after-file.ts';

afterAll(cleanUp);
