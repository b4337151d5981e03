/** `restage init`: makes a small project, which runs at once. */
import { readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { entryIn } from '../../planning/request/find-pipelines.ts';
import { restageRoot } from '../../identity/environment/package-root.ts';
import { EXIT } from '../../errors.ts';
import { shellWord } from '../../ui/text/format.ts';
import { whole } from '../../ui/text/wrap.ts';
import { flag, text } from '../arguments/options.ts';
import { OUTPUT } from '../arguments/shared.ts';
import type { Verb } from '../arguments/verb.ts';
import type { Manifest } from '../init/manifest.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';

export const verb: Verb = {
  name: 'init',
  summary: 'make a small project of your own, which runs at once',
  positionals: [{ name: 'folder', help: 'where; default: here', optional: true, complete: ['folders'] }],
  options: [
    { long: 'name', value: 'NAME', help: "the project's and the pipeline's name; default: the folder's" },
    ...OUTPUT,
  ],
  examples: ['restage init my-project'],
  also: ['new', 'create', 'scaffold'],
  async run(call) {
    const { PROJECT_FILES, projectName, readManifest, refuseToOverwrite, writeProject } =
      await import('../init/project.ts');
    const { completeManifest } = await import('../init/manifest.ts');
    const { restageSpec } = await import('../init/restage-spec.ts');
    const folder = resolve(call.io.cwd, call.positionals[0] ?? '.');
    const before = readManifest(folder);
    const name = projectName(text(call, 'name'), before?.name, folder);
    refuseToOverwrite(folder);
    const root = restageRoot();
    const restage = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
    const { spec, origin } = restageSpec(root, folder);
    const manifest = completeManifest(before ?? {}, { name, spec, restage, file: join(folder, 'package.json') });
    writeProject(folder, name, manifest);
    const chosen = manifest.dependencies!['restage']!;
    if (flag(call, 'json')) writeJson(call, { name, folder, files: PROJECT_FILES, restage: chosen });
    else
      writeLines(call.io, [
        `${name} is made in ${folder}: ${PROJECT_FILES.join(', ')}`,
        `Its package.json has restage as ${chosen} (${chosen === spec ? origin : 'as it was'}).`,
        '',
        'Next:',
        ...nextLines(call.io.cwd, folder),
      ]);
    return EXIT.ok;
  },
};

/** The file of the pipeline. */
const MADE = 'pipeline.ts';

function nextLines(cwd: string, folder: string): readonly string[] {
  const there = relative(cwd, folder);
  // A file that was there may be what the folder's name stands for.
  const isEntry = basename(entryIn(folder) ?? MADE) === MADE;
  const rows = [
    [`${there === '' ? '' : `cd ${shellWord(there)} && `}npm install`, 'a minute or two, most of it for SQLite'],
    [`npx restage run${isEntry ? '' : ` ${MADE}`}`, 'simulates, fits and compares: some seconds'],
    ['npm test', 'a function by itself, and the whole pipeline'],
  ] as const;
  const width = Math.max(...rows.map(([command]) => command.length));
  return rows.map(([command, what]) => whole(`  ${command.padEnd(width)}   # ${what}`));
}
