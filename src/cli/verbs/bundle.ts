/** `restage bundle`: one archive of a number, with all that made it; `restage bundle info` tells what is in one. */
import { resolve } from 'node:path';
import { EXIT, UsageError } from '../../errors.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import type { Cache } from '../../store/cache.ts';
import { formatBytes, plural, shellWord } from '../../ui/text/format.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE, outputOption } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { nothingCalled } from '../lookup/not-found.ts';
import { withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { screenOf } from '../output/screen.ts';

const INFO = 'info';

export const verb: Verb = {
  name: 'bundle',
  summary: 'one archive of a number or a run with all that made it, which a stranger can look at and replay',
  positionals: [
    {
      name: 'what',
      help: 'numbers, values (run:3/score.ams), outputs, states, runs or tags; or "info" and a bundle, to show what is in it',
      many: true,
      complete: ['recorded nodes', 'tags', 'files', { words: [INFO] }],
    },
  ],
  options: [
    outputOption('where to write it'),
    { long: 'no-data', help: 'input files by their digest alone, without their bytes' },
    { long: 'outputs', help: 'the bytes of all outputs, and not only of those that are asked for' },
    { long: 'dry-run', short: 'n', help: 'write nothing; say what would be in it, and how large it would be' },
    OF_PIPELINE,
    ...COMMON,
  ],
  exclusive: [['output', 'dry-run']],
  examples: [
    'restage bundle run:3/score.ams -o ams.zip',
    'restage bundle 3.32 --no-data -o ams.zip',
    'restage bundle run:3 run:4 -o pair.zip',
    'restage bundle info ams.zip',
  ],
  also: ['export', 'archive', 'pack', 'zip'],
  async run(call) {
    const [first, file, ...more] = call.positionals;
    if (first === INFO && file !== undefined && more.length === 0) return tellBundle(call, file);
    const output = text(call, 'output');
    if (output === undefined && !flag(call, 'dry-run'))
      throw new UsageError(`A bundle needs a file; write for example: restage bundle ${first ?? ''} -o bundle.zip`);
    await withCache(call, (cache) => makeBundle(cache, call, output));
    return EXIT.ok;
  },
};

async function makeBundle(cache: Cache, call: Call, output: string | undefined): Promise<void> {
  const { findSubject } = await import('../../audit/lineage/find-subject.ts');
  const { subjectSearch } = await import('../lookup/find-subject.ts');
  const { draftBundle } = await import('../../bundle/content/draft.ts');
  const { measureBundle, writeBundle } = await import('../../bundle/write-bundle.ts');
  const { draftLines } = await import('../show/cache/bundle.ts');
  const subjects = [];
  for (const word of call.positionals) {
    const subject = await findSubject(cache, word, subjectSearch(cache, call));
    if (subject === undefined) throw await nothingCalled(cache, word, call);
    subjects.push(subject);
  }
  const draft = await draftBundle(cache, {
    subjects,
    data: !flag(call, 'no-data'),
    outputs: flag(call, 'outputs'),
    root: projectRoot(call.io.cwd),
  });
  const bytes = output === undefined ? measureBundle(draft) : writeBundle(draft, resolve(call.io.cwd, output));
  if (flag(call, 'json')) {
    const { subjects: bundled, data, outputs, files } = draft.manifest;
    const states = draft.lineage.states.map(({ state, node, stage }) => ({ state, node, stage }));
    writeJson(call, { kind: 'bundle', file: output ?? null, bytes, subjects: bundled, data, outputs, states, files });
    return;
  }
  writeLines(call.io, draftLines(draft, screenOf(call.io)));
  writeLines(call.io, [
    output === undefined
      ? `nothing was written; the bundle would have ${formatBytes(bytes)}`
      : `${output} has ${formatBytes(bytes)} in ${plural(draft.files.size + 1, 'file')}; look at it with: restage bundle info ${shellWord(output)}`,
  ]);
}

async function tellBundle(call: Call, file: string): Promise<number> {
  const { withBundleCache } = await import('../../bundle/bundle-cache.ts');
  const { examine, factsOf } = await import('../../bundle/facts.ts');
  const { bundleLines } = await import('../show/cache/bundle.ts');
  return withBundleCache(resolve(call.io.cwd, file), (cache, bundle) => {
    const facts = factsOf(bundle, examine(cache, bundle));
    if (flag(call, 'json')) writeJson(call, { kind: 'bundle-info', ...facts });
    else writeLines(call.io, bundleLines(facts, screenOf(call.io)));
    return EXIT.ok;
  });
}
