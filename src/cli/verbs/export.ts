/** `restage export`: a run, or what one number was made of, in the formats of other tools and archives. */
import { resolve } from 'node:path';
import { EXIT, UsageError } from '../../errors.ts';
import type { ExportTargets } from '../../export/export.ts';
import { flag, text } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import type { Call, Verb } from '../arguments/verb.ts';
import { withCache } from '../lookup/open-cache.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { writeOutputFile } from '../output/output-file.ts';

export const verb: Verb = {
  name: 'export',
  summary: 'write a run, or how a number was made, as RO-Crate, PROV-JSON, OpenLineage or runs of MLflow',
  positionals: [
    {
      name: 'what',
      help: 'a run (3, run:latest), or a number, metric, output or state and all that it was made of; default: the latest run',
      optional: true,
      complete: ['recorded nodes', 'tags'],
    },
  ],
  options: [
    { long: 'ro-crate', value: 'DIR', complete: ['folders'], help: 'a Provenance Run Crate, in a folder of its own' },
    { long: 'data', help: 'copy inputs and outputs into the crate; without it, they are named by their SHA-256' },
    { long: 'license', value: 'TEXT', help: 'the license that the crate states: an address or a sentence' },
    { long: 'prov', value: 'FILE', complete: ['files'], help: 'W3C PROV-JSON' },
    { long: 'openlineage', value: 'FILE', complete: ['files'], help: 'OpenLineage events, one a line' },
    {
      long: 'mlflow',
      value: 'DIR',
      complete: ['folders'],
      help: "MLflow's file store, new or existing",
    },
    { long: 'force', help: 'write again a crate, or a run of an MLflow store, that already exists' },
    OF_PIPELINE,
    ...COMMON,
  ],
  examples: [
    'restage export --prov run.json',
    'restage export run:3 --ro-crate crate --data',
    'restage export score.ams --openlineage ams.ndjson',
    'restage export run:latest --mlflow mlruns',
  ],
  also: ['archive', 'crate', 'prov', 'publish'],
  async run(call) {
    const targets = targetsOf(call);
    await withCache(call, async (cache) => {
      const { exportSubject, exportSubjectOf } = await import('../../export/export.ts');
      const { subjectSearch } = await import('../lookup/find-subject.ts');
      const [what = 'run:latest'] = call.positionals;
      const subject = await exportSubjectOf(cache, what, subjectSearch(cache, call));
      const written = await exportSubject(cache, subject, targets, {
        withData: flag(call, 'data'),
        license: text(call, 'license'),
        force: flag(call, 'force'),
        writeFile: (file, content) => writeOutputFile(call.io, file, content),
      });
      if (flag(call, 'json')) writeJson(call, { kind: 'export', written });
      else if (targets.prov !== STDOUT && targets.openLineage !== STDOUT)
        writeLines(
          call.io,
          written.map(({ format, where, what }) => `${format}: ${what} in ${where}`),
        );
    });
    return EXIT.ok;
  },
};

const STDOUT = '/dev/stdout';

/** @throws UsageError without a target, and for an option of a format that is not asked for */
function targetsOf(call: Call): ExportTargets {
  const at = (name: string): string | undefined => {
    const given = text(call, name);
    return given === undefined ? undefined : resolve(call.io.cwd, given);
  };
  const [roCrate, prov, openLineage, mlflow] = [at('ro-crate'), at('prov'), at('openlineage'), at('mlflow')];
  const targets: ExportTargets = {
    ...(roCrate !== undefined && { roCrate }),
    ...(prov !== undefined && { prov }),
    ...(openLineage !== undefined && { openLineage }),
    ...(mlflow !== undefined && { mlflow }),
  };
  if (Object.keys(targets).length === 0)
    throw new UsageError(
      'restage export needs a format; give one of --ro-crate DIR, --prov FILE, --openlineage FILE and --mlflow DIR.',
    );
  for (const option of ['data', 'license'])
    if (call.options[option] !== undefined && roCrate === undefined)
      throw new UsageError(`--${option} is for a crate; give --ro-crate DIR too.`);
  return targets;
}
