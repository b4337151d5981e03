/** A set-up file of vitest: files that share a process share the modules of the helpers, but each cleans up after itself. */
import { afterAll } from 'vitest';
import { removeDisposables } from './disposable.ts';

afterAll(removeDisposables);
