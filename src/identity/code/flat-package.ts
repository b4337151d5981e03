/** Bundles a package's module as one text: for packages of many files that every process of a pipeline imports. */
import { build } from 'esbuild';

export async function flatten(file: string): Promise<{ readonly text: string; readonly map: string }> {
  const { outputFiles } = await build({
    entryPoints: [{ in: file, out: 'flat' }],
    outdir: '/out',
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
  });
  const textOf = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))!.text;
  return { text: textOf('.js'), map: textOf('.js.map') };
}
