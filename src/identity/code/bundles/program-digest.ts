/**
 * What a stage's code means, apart from how restage and esbuild print it: the sources that it reaches, byte by byte,
 * and what each import in them leads to. Two texts of one program differ in their printing alone.
 *
 * It is finer than the text: a comment makes another program of the same text. So it only ever serves to find that code
 * is the same.
 */
import { type Digest, sha256 } from '../../../core/identity/digest.ts';
import { jsonText } from '../../../core/identity/canonical.ts';
import type { Link, SourceFile } from './bundle-types.ts';
import { FILE_CONTENT } from './link.ts';
import type { LinkedModule, LinkGraph, Target } from '../linking/link-graph.ts';

export interface ProgramParts {
  readonly stage: string;
  readonly exportName: string;
  /** The stage's module. */
  readonly file: string;
  readonly modules: LinkGraph;
  /** The name of a module that is the same on every machine. */
  readonly labelOf: (file: string) => string;
  /** Content of the sources that the module reaches. */
  readonly files: readonly SourceFile[];
  readonly links: readonly Link[];
}

export function programDigest({ stage, exportName, file, modules, labelOf, files, links }: ProgramParts): Digest {
  const urls = new Map<string, string[]>();
  // Two versions of a package have one name, and are numbered as they come up.
  const numbered = (name: string, url: string): string => {
    const known = urls.get(name) ?? [];
    urls.set(name, known);
    if (!known.includes(url)) known.push(url);
    return `${name}#${known.indexOf(url)}`;
  };
  const targetOf = (target: Target): readonly string[] => {
    switch (target.kind) {
      case 'module':
        return ['module', labelOf(target.file)];
      case 'external':
        return ['external', target.packageName, numbered(target.specifier, target.url)];
      case 'absent':
        return ['absent'];
    }
  };
  const described = reached(modules, file).map(({ file: each, targets, isSkippable, isTrusted, requests }) => [
    labelOf(each),
    requests.map(({ specifier, type }) => [specifier, type ?? null]),
    [...targets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([specifier, target]) => [specifier, targetOf(target)]),
    isSkippable,
    isTrusted,
  ]);
  const named = links.flatMap(({ specifier }) => (specifier.startsWith(FILE_CONTENT) ? [specifier] : []));
  const sources = files.map(({ path, sha256: content }) => [path, content]);
  return sha256(
    'restage/program/v1\0',
    jsonText([stage, labelOf(file), exportName, described, sources, named.toSorted()]),
  );
}

/** The modules that this one leads to, itself first, in the order of their imports. */
function reached(modules: LinkGraph, file: string): readonly LinkedModule[] {
  const found = new Map<string, LinkedModule>();
  const files = new Set([file]);
  for (const each of files) {
    const module = modules.get(each);
    if (module === undefined) continue;
    found.set(each, module);
    for (const target of module.targets.values()) if (target.kind === 'module') files.add(target.file);
  }
  return [...found.values()];
}
