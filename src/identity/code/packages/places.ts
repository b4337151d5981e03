/** Which installation of which package a file belongs to, and the package.json files that say so. */
import { readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { sha256 } from '../../../core/identity/digest.ts';
import type { Witnesses } from '../resolution/witness.ts';

/** The fields of a package.json that matter here. */
export interface PackageJson {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly type?: unknown;
  readonly main?: unknown;
  readonly imports?: unknown;
  readonly dependencies?: unknown;
  readonly optionalDependencies?: unknown;
  readonly peerDependencies?: unknown;
}

export class Places {
  readonly #witnesses: Witnesses;
  readonly #jsons = new Map<string, PackageJson | undefined>();
  readonly #directories = new Map<string, string>();

  constructor(witnesses: Witnesses) {
    this.#witnesses = witnesses;
  }

  /** The package.json in this directory; empty if it is not JSON, undefined if there is none. */
  jsonIn(directory: string): PackageJson | undefined {
    if (this.#jsons.has(directory)) return this.#jsons.get(directory);
    const path = join(directory, 'package.json');
    let text: Buffer | undefined;
    try {
      text = readFileSync(path);
    } catch {
      text = undefined;
    }
    // Where there is none, the names of the directory witness it.
    if (text !== undefined) this.#witnesses.note(path, sha256(text));
    const json = text === undefined ? undefined : fieldsOf(text.toString());
    this.#jsons.set(directory, json);
    return json;
  }

  /**
   * The directory of the package that this directory belongs to: the highest one with a package.json below the last
   * node_modules or, for a package that is linked from elsewhere, the nearest one whose package.json has a name.
   */
  placeOf(directory: string): string {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const place = this.#installed(directory) ?? this.#linked(directory);
    this.#directories.set(directory, place);
    return place;
  }

  /** The nearest package.json at or above the directory, up to that of its package. */
  scopeOf(directory: string): { readonly directory: string; readonly json: PackageJson } | undefined {
    const place = this.placeOf(directory);
    for (let at = directory; ; at = dirname(at)) {
      const json = this.jsonIn(at);
      if (json !== undefined) return { directory: at, json };
      if (at === place || dirname(at) === at) return undefined;
    }
  }

  #installed(directory: string): string | undefined {
    const parts = directory.split(sep);
    const last = parts.lastIndexOf('node_modules');
    if (last === -1 || last === parts.length - 1) return undefined;
    for (let end = last + 2; end <= parts.length; end++) {
      const candidate = parts.slice(0, end).join(sep);
      if (this.jsonIn(candidate) !== undefined) return candidate;
      this.#witnesses.note(join(candidate, 'package.json'), null);
    }
    // A package of old may have no package.json.
    return parts.slice(0, last + (parts[last + 1]!.startsWith('@') ? 3 : 2)).join(sep);
  }

  #linked(directory: string): string {
    for (let at = directory; ; at = dirname(at)) {
      if (typeof this.jsonIn(at)?.name === 'string') return at;
      if (dirname(at) === at) return directory;
    }
  }
}

/** The names in a field such as `dependencies`, sorted. */
export function namesIn(...fields: readonly unknown[]): readonly string[] {
  const names = fields.flatMap((field) => (typeof field === 'object' && field !== null ? Object.keys(field) : []));
  return [...new Set(names)].sort();
}

function fieldsOf(text: string): PackageJson {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
