/** What a run came to, for a report: its results with their numbers, the panels of its stages, and pictures. */
import { decodeArtifact, previewArtifact } from '../../core/artifact/registry.ts';
import type { Panel } from '../../core/artifact/panel.ts';
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { Preview } from '../../core/artifact/codec.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { RestageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import { type NumberLeaf, numberLeaves } from '../runs/number-leaves.ts';
import type { ReportNode } from './run-nodes.ts';

/** A result of the run; what it is, or why it is not there. */
export interface ReportResult {
  readonly name: string;
  readonly node: string;
  readonly output: string;
  readonly kind: string | null;
  readonly digest: Digest | null;
  readonly bytes: number | null;
  /** The numbers of a JSON value, by their paths. */
  readonly numbers: readonly NumberLeaf[];
  readonly content: Preview | { readonly type: 'lost'; readonly why: string };
}

export interface ReportPanel {
  readonly node: string;
  readonly output: string;
  readonly digest: Digest;
  readonly shown:
    | { readonly kind: 'panel'; readonly panel: Panel }
    /** SVG, as the stage wrote it: nothing in it has been checked. */
    | { readonly kind: 'picture'; readonly svg: string }
    | { readonly kind: 'lost'; readonly why: string };
}

/** A larger JSON value is data. */
const MOST_RESULT_BYTES = 1 << 18;
const MOST_PICTURE_BYTES = 200_000;
const MOST_PANELS = 60;
/** Texts that are looked at for pictures: a run may have thousands. */
const MOST_TEXTS = 200;

export function reportResults(cache: Cache, run: number): readonly ReportResult[] {
  return cache.query.runs.resultOutputs(run).map(({ name, node, output, artifact }): ReportResult => {
    if (artifact === null) {
      const content = { type: 'lost' as const, why: `${node} has no state in this run.` };
      return { name, node, output, kind: null, digest: null, bytes: null, numbers: [], content };
    }
    const { kind, digest, bytes } = artifact;
    const seen = attempt(() => {
      const read = (): Uint8Array => cache.read(artifact);
      const value = kind === 'json' && bytes <= MOST_RESULT_BYTES ? decodeArtifact(kind, read(), name) : undefined;
      const numbers = value === undefined ? [] : numberLeaves(value as CanonicalValue, name);
      return { numbers, content: previewArtifact(kind, bytes, read, name) };
    });
    return { name, node, output, kind, digest, bytes, ...('why' in seen ? { numbers: [], content: seen } : seen) };
  });
}

/** Panels, and texts that are SVG. @returns those shown, and how many more there are */
export function reportPanels(
  cache: Cache,
  nodes: readonly ReportNode[],
): { readonly panels: readonly ReportPanel[]; readonly more: number } {
  const seen = new Set<Digest>();
  const panels: ReportPanel[] = [];
  let more = 0;
  let texts = 0;
  for (const { node, made } of nodes)
    for (const { name, kind, digest, bytes } of made?.outputs ?? []) {
      const mayBePicture = kind === 'text' && bytes <= MOST_PICTURE_BYTES;
      if ((kind !== 'panel' && !mayBePicture) || seen.has(digest)) continue;
      if (mayBePicture && texts++ >= MOST_TEXTS) continue;
      seen.add(digest);
      if (panels.length >= MOST_PANELS) {
        more += kind === 'panel' ? 1 : 0;
        continue;
      }
      const shown = shownOf(cache, kind, digest);
      if (shown !== undefined) panels.push({ node, output: name, digest, shown });
    }
  return { panels, more };
}

/** Undefined for a text that is not a picture. */
function shownOf(cache: Cache, kind: string, digest: Digest): ReportPanel['shown'] | undefined {
  const artifact: Artifact | undefined = cache.query.prefixes.artifacts(digest, 1)[0];
  const found = attempt(() => decodeArtifact(kind, cache.read(artifact!), `artifact ${digest}`));
  if (typeof found === 'string')
    return /^(?:<\?xml[^>]*>\s*)?<svg[\s>]/.test(found) ? { kind: 'picture', svg: found } : undefined;
  const lost = found as { readonly type?: unknown; readonly why: string };
  if (lost.type !== 'lost') return { kind: 'panel', panel: found as Panel };
  return kind === 'panel' ? { kind: 'lost', why: lost.why } : undefined;
}

function attempt<T>(read: () => T): T | { readonly type: 'lost'; readonly why: string } {
  try {
    return read();
  } catch (error) {
    if (error instanceof RestageError) return { type: 'lost', why: error.message };
    throw error;
  }
}
