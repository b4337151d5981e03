/** What can be said of an import's specifier without looking at files. */

/** The extensions that an import may omit, in the order in which they are tried. */
export const EXTENSIONS = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.json'] as const;

/** The package that a bare specifier names. */
export function packageName(specifier: string): string | undefined {
  if (/^(?:[./#]|[a-z]+:)/.test(specifier)) return undefined;
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}
