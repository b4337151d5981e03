/** Observes native addons that are loaded: what they do is observed by nobody. */
import { observation } from './observation.ts';
import { source } from './source.ts';
import { observeMethod } from './replace.ts';

/** Every addon is loaded by this function, `require` of a `.node` file included. */
export function observeAddons(): void {
  observeMethod(process, 'dlopen', {
    before: ([, path]) => {
      const observed = observation();
      observed?.note(source('native', observed.files.nameOf(path) ?? String(path), 'process.dlopen'));
    },
  });
}
