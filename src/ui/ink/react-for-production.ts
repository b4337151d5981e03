/**
 * Loads the production build of React. An unset NODE_ENV selects the development build, which takes three times as long
 * for a frame. Loading is synchronous, so that no other code sees the changed variable: stages may read it.
 */
import { createRequire } from 'node:module';

export function loadReactForProduction(): void {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    const fromHere = createRequire(import.meta.url);
    const fromInk = createRequire(fromHere.resolve('ink'));
    for (const name of ['react', 'react/jsx-runtime', 'scheduler', 'react-reconciler', 'react-reconciler/constants.js'])
      fromInk(name);
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}
