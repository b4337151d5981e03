/**
 * The grammar of references: how people name something on record, on the command line, in `open()` and in
 * `stateOutput`. This file splits a text into its parts and knows nothing of the record; store/reference finds what the
 * parts name.
 *
 *     [pipeline:] [run:N/ | tag:NAME | TAG/] node[.output] | digest[.output] | run:N | TAG
 *
 * References to effect tables begin with `effect:`; effect-reference.ts has them.
 */

export interface Reference {
  /** As it was written. */
  readonly text: string;
  /** A pipeline's name, file or folder; undefined if none is given. */
  readonly pipeline: string | undefined;
  /** A run by its number, or counted from the latest one, which is -1; undefined if none is given. */
  readonly run: number | undefined;
  /** What follows `tag:`; undefined without it. */
  readonly tag: string | undefined;
  /** The rest: a node, an output, a digest, a tag, or a tag with a node or output after it; empty for a run alone. */
  readonly name: string;
}

const RUN = /^run:(latest|-?\d{1,15})(?:\/(.+))?$/;
const TAG = /^tag:([^:]+)$/;
const PIPELINE = /^([^:]+):(.+)$/;

/** Any text is a reference; whether it names something is for the record to say. */
export function parseReference(text: string): Reference {
  const [, digits, inRun = ''] = RUN.exec(text) ?? [];
  if (digits !== undefined)
    return { text, pipeline: undefined, run: digits === 'latest' ? -1 : Number(digits), tag: undefined, name: inRun };
  const [, tag] = TAG.exec(text) ?? [];
  if (tag !== undefined) return { text, pipeline: undefined, run: undefined, tag, name: '' };
  const [, pipeline, rest] = PIPELINE.exec(text) ?? [];
  if (pipeline !== undefined && pipeline !== 'run' && pipeline !== 'tag')
    return { ...parseReference(rest!), text, pipeline };
  return { text, pipeline: undefined, run: undefined, tag: undefined, name: text };
}

/**
 * `node.output`, or a digest or a tag in place of the node. A node's instance key may hold a dot; an output's name may
 * not, and starts with a letter.
 */
export function splitOutput(name: string): { readonly owner: string; readonly output: string } | undefined {
  const [, owner, output] = /^(.+)\.([A-Za-z][A-Za-z0-9_-]*)$/.exec(name) ?? [];
  return owner === undefined ? undefined : { owner, output: output! };
}

/** Every way to read `TAG/node.output`, the longest tag first: tags and nodes may both hold slashes. */
export function splitTag(name: string): readonly { readonly tag: string; readonly name: string }[] {
  const splits = [];
  for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1))
    splits.push({ tag: name.slice(0, at), name: name.slice(at + 1) });
  return splits;
}
