/** From the options that several verbs share to what is asked of the engine. */
import type { PipelineRequest } from '../engine/request.ts';
import { flag, list, text, wholeNumber } from './options.ts';
import type { Invocation } from './verbs.ts';

/** @throws UsageError */
export async function pipelineRequest(invocation: Invocation): Promise<PipelineRequest> {
  const [pipeline = '', ...targets] = invocation.positionals;
  const settings = list(invocation, 'set');
  // Parameters load zod, which a run without any can do without.
  const overrides = settings.length === 0 ? [] : settings.map((await import('../core/override.ts')).parseOverride);
  const cacheDirectory = text(invocation, 'cache');
  const backend = text(invocation, 'backend');
  const device = text(invocation, 'device');
  const seed = wholeNumber(invocation, 'seed', 0);
  return {
    pipeline,
    overrides,
    targets,
    until: list(invocation, 'until'),
    only: list(invocation, 'only'),
    force: flag(invocation, 'force'),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
    ...(backend === undefined ? {} : { backend }),
    ...(device === undefined ? {} : { device }),
    ...(seed === undefined ? {} : { seed }),
  };
}
