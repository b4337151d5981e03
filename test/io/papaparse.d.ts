/** The part of papaparse, the tests' oracle and a benchmark's peer, that they use; the package ships no types. */
declare module 'papaparse' {
  interface Papaparse {
    /** In place of a text: `parse` then gives a stream that text is piped into, and that gives out rows. */
    readonly NODE_STREAM_INPUT: unique symbol;
    parse(input: string, options: { readonly skipEmptyLines: boolean }): { readonly data: readonly string[][] };
    parse(input: Papaparse['NODE_STREAM_INPUT'], options: { readonly skipEmptyLines: boolean }): NodeJS.ReadWriteStream;
  }
  const papaparse: Papaparse;
  export const parse: Papaparse['parse'];
  export default papaparse;
}
