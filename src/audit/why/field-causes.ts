/** What the fields of two states say about a node itself: each field that differs, unless another one implies it. */
import type { Field } from '../../core/identity/cache-key.ts';
import type { Digest } from '../../core/identity/digest.ts';
import type { CodeChange } from '../change/source-changes.ts';
import { type FieldChange, fieldChanges, ownChanges } from '../change/field-changes.ts';
import type { OwnChange } from './change.ts';

/** What is asked about values that fields only have the digests of. */
export interface Contents {
  readonly codeChange: (before: Digest, after: Digest) => CodeChange;
  readonly isSameButForName: (before: Digest, after: Digest) => boolean;
  /** The whole JSON of a parameter's value that a field shows the beginning of. */
  readonly fullText: (digest: Digest) => string | undefined;
}

/** The name of the node on both sides. */
interface Names {
  readonly before: string;
  readonly after: string;
}

export function fieldCauses(
  before: readonly Field[],
  after: readonly Field[],
  names: Names,
  contents: Contents,
): readonly OwnChange[] {
  const changes = ownChanges(fieldChanges(before, after));
  const implied = impliedBy(changes, contents);
  return changes.flatMap((change) => (implied.has(change) ? [] : causesOf(change, names, contents)));
}

/** The name of a stage is in its code and names its random numbers; only code makes a stage random. */
function impliedBy(changes: readonly FieldChange[], contents: Contents): ReadonlySet<FieldChange> {
  const of = (group: FieldChange['group']): FieldChange | undefined => changes.find((change) => change.group === group);
  const [stage, code, seed] = [of('stage'), of('code'), of('seed')];
  const implied = new Set<FieldChange>();
  if (stage !== undefined && code !== undefined && isNameAlone(code, contents)) implied.add(code);
  if (seed === undefined) return implied;
  const [was, is] = [seedOf(seed.before), seedOf(seed.after)];
  const isDeclaredAnew = was === undefined || is === undefined;
  if (isDeclaredAnew ? code !== undefined : stage !== undefined && was.run === is.run) implied.add(seed);
  return implied;
}

function isNameAlone({ before, after }: FieldChange, contents: Contents): boolean {
  return contents.isSameButForName(before!.digest, after!.digest);
}

function causesOf(change: FieldChange, names: Names, contents: Contents): readonly OwnChange[] {
  const { group, name, before, after } = change;
  const values = { before: before?.preview ?? null, after: after?.preview ?? null };
  switch (group) {
    case 'code':
      return codeCauses(contents.codeChange(before!.digest, after!.digest));
    case 'param': {
      const [was, is] = [before, after].map((field) => field && wholeOf(field, contents));
      const texts = { before: was?.text ?? null, after: is?.text ?? null };
      const isCut = was?.isCut === true || is?.isCut === true;
      // All parameters of a stage may be one value.
      return [{ change: { kind: 'param', name: name === 'param' ? '' : name, ...texts, isCut } }];
    }
    case 'package':
      return [{ change: { kind: 'package', name, ...values } }];
    case 'env':
      return [{ change: { kind: 'env', name, ...values } }];
    case 'reads':
      return [{ change: { kind: 'reads', path: name, ...values } }];
    case 'backend':
    case 'runtime':
    case 'schema':
      return [{ change: { kind: group, ...values } }];
    case 'stage':
      return [{ change: { kind: 'stage', before: before!.preview, after: after!.preview } }];
    case 'seed':
      return seedCauses(seedOf(before), seedOf(after), names);
    case 'input':
      throw new Error(`internal error: ${change.field} is not the node's own`);
  }
}

function codeCauses({ before, after, stage, sources, linked }: CodeChange): readonly OwnChange[] {
  if (sources.length === 0) return [{ change: { kind: 'code', stage, before, after, diff: linked } }];
  return sources.map(({ way, ...source }) => ({ change: { kind: 'source', ...source }, way: { stage, files: way } }));
}

function wholeOf({ digest, preview }: Field, { fullText }: Contents): { text: string; isCut: boolean } {
  if (!preview.endsWith('…')) return { text: preview, isCut: false };
  const text = fullText(digest);
  return { text: text ?? preview, isCut: text === undefined };
}

interface Seed {
  readonly run: string;
  readonly owner: string;
}

/** The preview of a seed is `<seed of the run> for <node, or its seedKey>`. */
function seedOf(field: Field | undefined): Seed | undefined {
  if (field === undefined) return undefined;
  const at = field.preview.indexOf(' for ');
  return { run: field.preview.slice(0, at), owner: field.preview.slice(at + 5) };
}

function seedCauses(before: Seed | undefined, after: Seed | undefined, names: Names): readonly OwnChange[] {
  const causes: OwnChange[] = [];
  if (before?.run !== after?.run)
    causes.push({ change: { kind: 'seed', before: before?.run ?? null, after: after?.run ?? null } });
  if (before === undefined || after === undefined || before.owner === after.owner) return causes;
  const isRenamed = before.owner === names.before && after.owner === names.after;
  causes.push({ change: { kind: isRenamed ? 'node' : 'seedKey', before: before.owner, after: after.owner } });
  return causes;
}
