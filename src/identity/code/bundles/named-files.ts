/**
 * What canonical text has for URLs of files: for `import.meta.url` the module's place in the project, for
 * `new URL('./file', import.meta.url)` the digest of that file's content.
 */
import { basename } from 'node:path';
import { DefinitionError } from '../../../errors.ts';
import type { Link } from './bundle-types.ts';
import { FILE_CONTENT, MODULE_URL } from './link.ts';
import type { LinkGraph } from '../linking/link-graph.ts';
import type { Unit } from '../linking/module-record.ts';
import type { SourceGraph } from '../sources/source-graph.ts';

/** @throws DefinitionError for a file that is not there, or that is code */
export async function namedFiles(
  graph: SourceGraph,
  units: readonly Unit[],
  modules: LinkGraph,
): Promise<readonly Link[]> {
  const links: Link[] = [];
  for (const { file, uses } of units) {
    const { url, fileUrls, placeOf } = modules.get(file)!;
    if (uses.moduleUrls.length > 0) links.push({ url, specifier: MODULE_URL + graph.project.labelOf(file) });
    for (const { path, node } of uses.fileUrls) {
      const named = fileUrls.get(path)!;
      const place = placeOf(node.start);
      if (/\.(?:[cm]?[jt]sx?|node)$/.test(new URL(named).pathname))
        throw new DefinitionError(
          `${place} names the code ${path} by new URL(), so what that imports cannot be hashed; import it, or do its work in the stage itself: restage gives each stage a process of its own.`,
        );
      const read = await graph.readNamed(file, named).catch((cause: unknown) => {
        throw new DefinitionError(
          `${place} names ${path} by new URL(), which is not a file that can be read; name an existing file, so that its content becomes part of the stage's code, or declare it as an input, with file().`,
          { cause },
        );
      });
      links.push({ url: named, specifier: `${FILE_CONTENT}${read.digest}/${basename(read.file)}` });
    }
  }
  return links;
}
