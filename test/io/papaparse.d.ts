/** The part of papaparse, the tests' oracle, that they use; the package ships no types. */
declare module 'papaparse' {
  export function parse(
    text: string,
    options: { readonly skipEmptyLines: boolean },
  ): { readonly data: readonly string[][] };
}
