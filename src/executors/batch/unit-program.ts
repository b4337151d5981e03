/**
 * The command that executes a unit on its host: this Node and restage's own file, which every host finds under these
 * paths.
 */
import { OWN_ARGUMENTS, ownEntry } from '../../own-process.ts';

export function unitProgram(): readonly string[] {
  return [process.execPath, ...OWN_ARGUMENTS, ownEntry('./node/run-unit', import.meta.url), process.versions.node];
}
