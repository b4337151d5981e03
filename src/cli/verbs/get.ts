/** `restage get`: the bytes of an output, out of the cache into a file, a pipe or, where people can read it, the terminal. */
import type { Output } from '../../core/artifact/artifact.ts';
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { short } from '../../core/identity/digest.ts';
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { formatBytes } from '../../ui/text/format.ts';
import { flag, refusePipelineOptions, text } from '../arguments/options.ts';
import { COMMON, IDENTITY, outputOption } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { currentState } from '../lookup/current-state.ts';
import { findNode, lookUp } from '../lookup/look-up.ts';
import { OUTPUT } from '../lookup/not-found.ts';
import { withCache } from '../lookup/open-cache.ts';
import { withPipeline } from '../lookup/with-pipeline.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';
import { screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';
import { recordsIn, valueLines } from '../show/value.ts';

export const verb: Verb = {
  name: 'get',
  summary: 'get an output out of the cache',
  positionals: [
    {
      name: 'what',
      help: 'an output (score.score) or the digest of an artifact; or a pipeline, before an output',
      complete: ['recorded nodes', 'tags', 'pipelines'],
    },
    { name: 'output', help: 'an output of that pipeline, as it is defined now', optional: true, complete: ['outputs'] },
  ],
  options: [
    outputOption('where to write it; JSON and text may go to the terminal'),
    { long: 'csv', help: 'write a table as CSV, as for a file that ends in .csv' },
    { long: 'parquet', help: 'write a table as Parquet, as for a file that ends in .parquet' },
    ...IDENTITY,
    ...COMMON,
  ],
  exclusive: [['csv', 'parquet']],
  examples: [
    'restage get pipelines/higgs score.score',
    'restage get ensemble.networks -o networks.bin',
    'restage get preprocess.features -o features.parquet',
  ],
  also: ['cat', 'output', 'out', 'export', 'extract', 'checkout'],
  async run(call) {
    const [what = '', output] = call.positionals;
    if (output === undefined) {
      refusePipelineOptions(call);
      await withCache(call, async (cache) =>
        deliver(cache, call, latestOutput(cache, what) ?? (await artifactNamed(cache, what, call))),
      );
    } else
      await withPipeline({ ...call, positionals: [what] }, async (opened) => {
        const { node, state } = await currentState(opened, output, splitOutput(output).node);
        await deliver(opened.cache, call, outputOf(opened.cache, node, state, output));
      });
    return EXIT.ok;
  },
};

function splitOutput(name: string): { readonly node: string; readonly output: string | undefined } {
  const [, node, output] = OUTPUT.exec(name) ?? [];
  return node === undefined ? { node: name, output: undefined } : { node, output };
}

/** The output in the node's latest state; undefined if there is no such node. @throws UsageError */
function latestOutput(cache: Cache, name: string): Output | undefined {
  const found = findNode(cache, splitOutput(name).node) ?? findNode(cache, name);
  if (found === undefined) return undefined;
  const { latest, state } = found;
  if (state === undefined) throw new UsageError(`${latest.node} has no state yet, so it has no outputs; run it first.`);
  return outputOf(cache, latest.node, state.id, name);
}

/** @throws UsageError */
function outputOf(cache: Cache, node: string, state: number, name: string): Output {
  const outputs = cache.query.states.outputs(state);
  const split = splitOutput(name);
  const wanted = node === split.node ? split.output : undefined;
  const output =
    wanted === undefined && outputs.length === 1 ? outputs[0] : outputs.find((each) => each.name === wanted);
  if (output !== undefined) return { ...output, name: `${node}.${output.name}` };
  const names = outputs.map((each) => each.name);
  throw new UsageError(
    wanted === undefined
      ? `${node} has ${outputs.length} outputs; name one of them, such as ${node}.${names[0]!}.`
      : `${node} has no output ${wanted}${didYouMean(wanted, names)}; it has ${names.join(', ')}.`,
  );
}

/** The artifact of this digest, or the one output of a state of this digest. @throws UsageError */
async function artifactNamed(cache: Cache, word: string, call: Call): Promise<Output> {
  const found = await lookUp(cache, word, call);
  if (found.kind === 'run') throw new UsageError(`${word} is a run; name an output, such as score.metrics.`);
  if (found.kind === 'artifact') {
    const { digest, bytes, place, inline } = found.artifact;
    const [producer] = cache.query.lineage.producers(digest, 1);
    if (place === 'external' && producer === undefined)
      throw new UsageError(`${word} is an external file; the cache keeps only its digest.`);
    return { name: short(digest), kind: producer?.kind ?? 'bytes', digest, bytes, inline };
  }
  const outputs = found.state === undefined ? [] : cache.query.states.outputs(found.state.id);
  const [only] = outputs;
  if (only !== undefined && outputs.length === 1) return { ...only, name: `${word}.${only.name}` };
  throw new UsageError(
    `${word} is a state with ${outputs.length} outputs; give the digest of one: ${outputs.map(({ name, digest }) => `${name} ${short(digest)}`).join(', ')}.`,
  );
}

async function deliver(cache: Cache, call: Call, item: Output): Promise<void> {
  const { name, kind, digest, bytes } = item;
  const stored = cache.read(item);
  const file = text(call, 'output');
  const format = formatOf(call, item, file);
  const content = format === undefined ? stored : await converted(stored, name, format);
  if (file !== undefined) writeOutputFile(call.io, file, content);
  if (flag(call, 'json')) {
    const value = kind === 'json' ? { value: JSON.parse(Buffer.from(stored).toString()) as unknown } : {};
    writeJson(call, { name, kind, digest, bytes, file: file ?? null, ...value });
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
  writeLines(io, lines);
}

type TableFormat = 'csv' | 'parquet';
const TABLE_FORMATS: Readonly<Record<TableFormat, string>> = { csv: 'CSV', parquet: 'Parquet' };
/** Kinds of outputs that a file with that ending may hold unchanged: a stage may have written the format itself. */
const AS_IT_IS: Readonly<Record<TableFormat, readonly string[]>> = { csv: ['text', 'bytes'], parquet: ['bytes'] };

/** The format of a table's file: by the option, or by the ending of the file's name. @throws UsageError */
function formatOf(call: Call, { name, kind }: Output, file: string | undefined): TableFormat | undefined {
  const formats = Object.keys(TABLE_FORMATS) as TableFormat[];
  const asked = formats.filter((format) => flag(call, format));
  const named = formats.find((format) => file?.toLowerCase().endsWith(`.${format}`));
  const format = asked[0] ?? named;
  if (format === undefined || kind === 'table') return format;
  if (asked.length === 0 && AS_IT_IS[format].includes(kind)) return undefined;
  throw new UsageError(`${name} is ${kind}, and only a table can be written as ${TABLE_FORMATS[format]}.`);
}

async function converted(bytes: Uint8Array, name: string, format: TableFormat): Promise<Uint8Array> {
  const { writeCsv, writeParquet } = await import('../../io/index.ts');
  const { table } = await import('../../core/artifact/codecs/table.ts');
  const decoded = table().decode(bytes, name);
  const chunks: Uint8Array[] = [];
  for await (const chunk of format === 'csv' ? writeCsv(decoded) : writeParquet(decoded)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
