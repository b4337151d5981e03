/** `restage get`: an output's bytes, out of the cache into a file, a pipe or, where people can read it, the terminal. */
import type { Output } from '../core/artifact/artifact.ts';
import { table } from '../core/artifact/codecs/table.ts';
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import { short } from '../core/identity/digest.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import { formatBytes } from '../ui/text/format.ts';
import { findNode, lookUp } from './look-up.ts';
import { withCache, withCacheAt } from './open-cache.ts';
import { flag, refusePipelineOptions, text } from './options.ts';
import { writeOutputFile } from './output-file.ts';
import type { Io } from './io/io.ts';
import { writeJson } from './output/json.ts';
import type { Call } from './verbs.ts';

export async function getVerb(call: Call): Promise<number> {
  const [what = '', output] = call.positionals;
  if (output === undefined) {
    refusePipelineOptions(call);
    await withCache(call, (cache) =>
      deliver(cache, call, latestOutput(cache, what) ?? artifactNamed(cache, what, call.io)),
    );
  } else {
    const { currentState } = await import('./current-state.ts');
    const { pipelineRequest } = await import('./pipeline-request.ts');
    const request = await pipelineRequest({ ...call, positionals: [what] });
    const current = await currentState(request, [splitOutput(output).node, output]);
    await withCacheAt(current.cacheDirectory, call.io, (cache) =>
      deliver(cache, call, outputOf(cache, current.node, current.state, output)),
    );
  }
  return EXIT.ok;
}

/** `node.output`. An instance key may hold a dot, an output's name may not and starts with a letter. */
function splitOutput(name: string): { readonly node: string; readonly output: string | undefined } {
  const [, node, output] = /^(.+)\.([A-Za-z][A-Za-z0-9_-]*)$/.exec(name) ?? [];
  return node === undefined ? { node: name, output: undefined } : { node, output };
}

/** The output in the node's latest state; undefined if there is no such node. @throws UsageError */
function latestOutput(cache: Cache, name: string): Output | undefined {
  const found = findNode(cache, splitOutput(name).node) ?? findNode(cache, name);
  if (found === undefined) return undefined;
  const { latest, state } = found;
  if (state === undefined)
    throw new UsageError(`${latest.node} has never come to a state, so it has no outputs; run it first.`);
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
function artifactNamed(cache: Cache, word: string, io: Io): Output {
  const found = lookUp(cache, word, io);
  if (found.kind === 'run') throw new UsageError(`${word} is a run; name an output, such as score.metrics.`);
  if (found.kind === 'artifact') {
    const { digest, bytes, place, inline } = found.artifact;
    const [producer] = cache.query.lineage.producers(digest, 1);
    if (place === 'external' && producer === undefined)
      throw new UsageError(`${word} is an external file, of which the cache keeps the digest only.`);
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
  const stored = item.inline ?? cache.objects.read(digest, bytes, { verify: true });
  const file = text(call, 'output');
  const format = formatOf(call, item, file);
  const content = format === undefined ? stored : await converted(stored, name, format);
  if (file !== undefined) writeOutputFile(call.io, file, content);
  if (flag(call, 'json')) {
    const value = kind === 'json' ? { value: JSON.parse(Buffer.from(stored).toString()) as unknown } : {};
    writeJson(call, { name, kind, digest, bytes, file: file ?? null, ...value });
  } else if (file !== undefined)
    call.io.writeOut(`${name} (${kind}, ${formatBytes(content.byteLength)}) is in ${file}\n`);
  else if (kind === 'json') writeJson(call, JSON.parse(Buffer.from(stored).toString()));
  else if (kind === 'text' || format === 'csv' || call.io.terminal() === undefined) call.io.writeOut(content);
  else
    throw new UsageError(
      `${name} is ${kind} (${formatBytes(bytes)}), which a terminal cannot show; write it with -o FILE.`,
    );
}

type TableFormat = 'csv' | 'parquet';
const TABLE_FORMATS: Readonly<Record<TableFormat, string>> = { csv: 'CSV', parquet: 'Parquet' };
/** What a file of that ending may hold as it is: a stage may have put out a whole file. */
const AS_IT_IS: Readonly<Record<TableFormat, readonly string[]>> = { csv: ['text', 'bytes'], parquet: ['bytes'] };

/** How a table is to be written: as an option says, or the ending of the file's name. @throws UsageError */
function formatOf(call: Call, { name, kind }: Output, file: string | undefined): TableFormat | undefined {
  const formats = Object.keys(TABLE_FORMATS) as TableFormat[];
  const asked = formats.filter((format) => flag(call, format));
  if (asked.length > 1) throw new UsageError('--csv and --parquet exclude each other; give one of them.');
  const named = formats.find((format) => file?.toLowerCase().endsWith(`.${format}`));
  const format = asked[0] ?? named;
  if (format === undefined || kind === 'table') return format;
  if (asked.length === 0 && AS_IT_IS[format].includes(kind)) return undefined;
  throw new UsageError(`${name} is ${kind}, and only a table can be had as ${TABLE_FORMATS[format]}.`);
}

async function converted(bytes: Uint8Array, name: string, format: TableFormat): Promise<Uint8Array> {
  const { writeCsv, writeParquet } = await import('../io/index.ts');
  const decoded = table().decode(bytes, name);
  const chunks: Uint8Array[] = [];
  for await (const chunk of format === 'csv' ? writeCsv(decoded) : writeParquet(decoded)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
