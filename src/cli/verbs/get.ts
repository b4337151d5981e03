/**
 * `restage get`: the bytes of an output, out of the cache into a file, a pipe or, where people can read it, the
 * terminal.
 */
import type { Output } from '../../core/artifact/artifact.ts';
import { short } from '../../core/identity/digest.ts';
import { splitOutput } from '../../core/reference/reference.ts';
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { noState, outputOf } from '../../store/reference/find.ts';
import { type Found, type FoundNode, isOlderState } from '../../store/reference/found.ts';
import { oneTable } from '../../store/reference/one-table.ts';
import { formatBytes } from '../../ui/text/format.ts';
import { flag, refusePipelineOptions, text } from '../arguments/options.ts';
import { COMMON, IDENTITY, OF_PIPELINE, outputOption } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { currentState } from '../lookup/current-state.ts';
import { lookUp } from '../lookup/look-up.ts';
import { withCache } from '../lookup/open-cache.ts';
import { withPipeline } from '../lookup/with-pipeline.ts';
import { convertedTo, type FileFormat } from '../output/converted-file.ts';
import { writeJson } from '../output/json.ts';
import { complain, writeExactly, writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';
import { screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';
import { nodeLine } from '../show/states/node.ts';
import { recordsIn, valueLines } from '../show/words/value.ts';

const FORMATS = ['csv', 'parquet', 'safetensors', 'npz'] as const satisfies readonly FileFormat[];

export const verb: Verb = {
  name: 'get',
  summary: 'get an output out of the cache',
  positionals: [
    {
      name: 'what',
      help: 'an output (score.score), also in a run (run:3/score.score) or of a tag, or a digest; or a pipeline, before an output',
      complete: ['recorded nodes', 'tags', 'pipelines'],
    },
    { name: 'output', help: 'an output of that pipeline, as it is defined now', optional: true, complete: ['outputs'] },
  ],
  options: [
    outputOption('where to write it; JSON and text may go to the terminal'),
    { long: 'csv', help: 'write a table as CSV, as for a file that ends in .csv' },
    { long: 'parquet', help: 'write a table as Parquet, as for a file that ends in .parquet' },
    { long: 'safetensors', help: 'write weights in this format, as for a file that ends in .safetensors' },
    { long: 'npz', help: 'write weights as NumPy does, as for a file that ends in .npz' },
    OF_PIPELINE,
    ...IDENTITY,
    ...COMMON,
  ],
  exclusive: FORMATS.flatMap((one, i) => FORMATS.slice(i + 1).map((other) => [one, other] as const)),
  examples: [
    'restage get pipelines/higgs score.score',
    'restage get ensemble.networks -o networks.safetensors',
    'restage get preprocess.features -o features.parquet',
  ],
  also: ['cat', 'output', 'out', 'extract', 'checkout'],
  async run(call) {
    const [what = '', output] = call.positionals;
    if (output === undefined) {
      refusePipelineOptions(call);
      await withCache(call, async (cache) => {
        const { output: item, of } = outputNamed(cache, what, await lookUp(cache, what, call));
        await deliver(cache, call, item, of);
        // In JSON, the document says it.
        if (of !== undefined && isOlderState(of) && !flag(call, 'json')) complain(call.io, nodeLine(cache, of));
      });
    } else
      await withPipeline({ ...call, positionals: [what] }, async (opened) => {
        const split = splitOutput(output);
        const { node, state } = await currentState(opened, output, split?.owner ?? output);
        const { query } = opened.cache;
        const name = split !== undefined && split.owner === node ? split.output : undefined;
        await deliver(opened.cache, call, theOutput(query, query.states.get(state)!, name, node, undefined).output);
      });
    return EXIT.ok;
  },
};

interface Named {
  readonly output: Output;
  /** The node by which it was named. */
  readonly of: FoundNode | undefined;
}

/** @throws UsageError for what is not an output, or has several */
function outputNamed({ query }: Cache, word: string, found: Found): Named {
  switch (found.kind) {
    case 'output':
      return found;
    case 'node':
      if (found.state === undefined) throw new UsageError(noState(query, found));
      return theOutput(query, found.state, undefined, found.node, found);
    case 'state':
      return theOutput(query, found.state, undefined, word, undefined);
    case 'artifact': {
      const { digest, bytes, place, inline } = found.artifact;
      const [producer] = query.lineage.producers(digest, 1);
      if (place === 'external' && producer === undefined)
        throw new UsageError(`${word} is an external file; the cache keeps only its digest.`);
      return {
        output: { name: short(digest), kind: producer?.kind ?? 'bytes', digest, bytes, inline },
        of: undefined,
      };
    }
    case 'run':
      throw new UsageError(`${word} is a run; name an output in it, such as run:${found.run.id}/score.metrics.`);
    case 'code':
      throw new UsageError(`${word} is the code of a stage; "restage show ${word}" tells about it.`);
    case 'effects':
      return { output: { name: 'table', kind: 'json', ...oneTable(word, found).content }, of: undefined };
  }
}

/** The output of this name or, without one, the only one. @throws UsageError */
function theOutput(
  query: Readers,
  state: StateRecord,
  name: string | undefined,
  node: string,
  of: FoundNode | undefined,
): Named {
  if (name !== undefined) return outputOf(query, state, name, node, of);
  const outputs = query.states.outputs(state.id);
  const [only, ...others] = outputs;
  if (others.length === 0) return outputOf(query, state, only!.name, node, of);
  throw new UsageError(`${node} has ${outputs.length} outputs; name one of them, such as ${node}.${only!.name}.`);
}

async function deliver(cache: Cache, call: Call, item: Output, of?: FoundNode): Promise<void> {
  const { name, kind, digest, bytes } = item;
  const stored = cache.read(item);
  const file = text(call, 'output');
  const format = formatOf(call, item, file);
  const content = format === undefined ? stored : await convertedTo(stored, name, format);
  if (format !== undefined)
    (await import('../../audit/lineage/exported-file.ts')).rememberExported(cache, content, digest);
  if (file !== undefined) writeOutputFile(call.io, file, content);
  if (flag(call, 'json')) {
    const value = kind === 'json' ? { value: JSON.parse(Buffer.from(stored).toString()) as unknown } : {};
    const visit = of === undefined ? {} : { latestVisit: of.latest ?? null };
    writeJson(call, { name, kind, digest, bytes, file: file ?? null, ...value, ...visit });
  } else if (file !== undefined)
    writeLines(call.io, [`${name} (${kind}, ${formatBytes(content.byteLength)}) is in ${file}`]);
  else if (kind === 'json') printValue(call, JSON.parse(Buffer.from(stored).toString()));
  else if (call.io.terminal() === undefined) call.io.writeOut(content);
  else if (kind === 'text' || format === 'csv') call.io.writeOut(Buffer.from(content).toString());
  else
    throw new UsageError(
      `${name} is ${kind} (${formatBytes(bytes)}), which a terminal cannot show; write it with -o FILE, or look at it with: ${suggest(call, 'show', name)}`,
    );
}

/** As JSON, but a list of records as a table where a person reads it. */
function printValue({ io }: Call, value: unknown): void {
  const isTable = io.terminal() !== undefined && recordsIn(value) !== undefined;
  const lines = isTable
    ? valueLines(value, Number.POSITIVE_INFINITY, screenOf(io).width)
    : [JSON.stringify(value, null, 2)];
  writeExactly(io, lines);
}

interface FileKind {
  readonly called: string;
  /** The kind of output that can be written so. */
  readonly of: 'table' | 'weights';
  /** Kinds that a file with that ending may hold unchanged: a stage may have written the format itself. */
  readonly asItIs: readonly string[];
}

const FILE_KINDS: Readonly<Record<FileFormat, FileKind>> = {
  csv: { called: 'CSV', of: 'table', asItIs: ['text', 'bytes'] },
  parquet: { called: 'Parquet', of: 'table', asItIs: ['bytes'] },
  safetensors: { called: 'safetensors', of: 'weights', asItIs: ['bytes'] },
  npz: { called: '.npz', of: 'weights', asItIs: ['bytes'] },
};

/** The format of a file: by the option, or by the ending of its name. @throws UsageError */
function formatOf(call: Call, { name, kind }: Output, file: string | undefined): FileFormat | undefined {
  const asked = FORMATS.filter((format) => flag(call, format));
  const named = FORMATS.find((format) => file?.toLowerCase().endsWith(`.${format}`));
  const format = asked[0] ?? named;
  if (format === undefined) return undefined;
  const { called, of, asItIs } = FILE_KINDS[format];
  if (kind === of) return format;
  if (asked.length === 0 && asItIs.includes(kind)) return undefined;
  const only = of === 'table' ? 'a table' : 'weights';
  throw new UsageError(`${name} is ${kind}, and only ${only} can be written as ${called}.`);
}
