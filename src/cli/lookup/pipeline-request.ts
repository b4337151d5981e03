/** Makes a request of the arguments and options that say which pipeline is meant, and how. */
import { entryIn, oneOf } from '../../planning/request/find-pipelines.ts';
import { pipelinesAround } from '../../planning/request/project.ts';
import type { PipelineRequest } from '../../planning/request/request.ts';
import { resolveRequest } from '../../planning/request/resolve-request.ts';
import { UsageError } from '../../errors.ts';
import { flag, list, text, wholeNumber } from '../arguments/options.ts';
import type { Call } from '../arguments/verb.ts';

/** With the parameters of files and of another run. @throws UsageError, ParamError, DefinitionError */
export async function pipelineRequest(call: Call): Promise<PipelineRequest> {
  const [pipeline = pipelineHere(call), ...targets] = call.positionals;
  const settings = list(call, 'set');
  const overrides =
    settings.length === 0 ? [] : settings.map((await import('../../core/params/override.ts')).parseOverride);
  const cacheDirectory = text(call, 'cache');
  const backend = text(call, 'backend');
  const device = text(call, 'device');
  const seed = wholeNumber(call, 'seed');
  const request = {
    pipeline,
    workingDirectory: call.io.cwd,
    overrides,
    targets,
    until: list(call, 'until'),
    only: list(call, 'only'),
    force: flag(call, 'force'),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
    ...(backend === undefined ? {} : { backend }),
    ...(device === undefined ? {} : { device }),
    ...(seed === undefined ? {} : { seed }),
  };
  const files = list(call, 'params');
  if (files.length === 0 && text(call, 'like') === undefined) return request;
  return { ...request, ...(await givenElsewhere(call, request, files)) };
}

async function givenElsewhere(
  call: Call,
  request: PipelineRequest,
  files: readonly string[],
): Promise<Pick<PipelineRequest, 'layers' | 'seed'>> {
  const { likeRun } = await import('./like-run.ts');
  const { readParamsFile } = await import('../../planning/definition/params-file.ts');
  const { cacheDirectory, project } = resolveRequest(request);
  const like = await likeRun(call, cacheDirectory, project.source);
  const layers = [...(like === undefined ? [] : [like.layer])];
  for (const file of files) layers.push(await readParamsFile(file, call.io.cwd, cacheDirectory));
  const seed = request.seed ?? like?.run.seed;
  return { layers, ...(seed === undefined ? {} : { seed }) };
}

/** The working directory, where it holds a pipeline itself. @throws UsageError that names pipelines nearby */
function pipelineHere({ verb, io }: Call): string {
  const here = io.cwd;
  if (entryIn(here) !== undefined) return '.';
  const found = pipelinesAround(here);
  throw new UsageError(
    found.length === 0
      ? `restage ${verb} needs a pipeline, and ${here} has none, nor has a folder below; go to your project, or make one with: restage init my-project`
      : `restage ${verb} needs a pipeline, here ${oneOf(found)}; write for example: restage ${verb} ${found[0]!}`,
  );
}
