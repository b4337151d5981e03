/**
 * The modules of packages that this process has imported for a definition. Node loads a module once: after a change of
 * the file, a process that goes on would execute the old one and call it the new one.
 */
import type { Digest } from '../../core/identity/digest.ts';
import { DefinitionError } from '../../errors.ts';

/** A module of a package with the content that counts in keys. */
export type ModuleContent = readonly [file: string, digest: Digest];

export class LoadedModules {
  readonly #digests = new Map<string, Digest>();

  /**
   * To be called before an import that reaches these modules. @throws DefinitionError if one has other content loaded
   */
  note(modules: readonly ModuleContent[]): void {
    for (const [file, digest] of modules)
      if ((this.#digests.get(file) ?? digest) !== digest)
        throw new DefinitionError(
          `The file ${file} of a package was changed after this process had loaded it, and Node loads a file once; run again in a new process.`,
        );
    for (const [file, digest] of modules) this.#digests.set(file, digest);
  }
}
