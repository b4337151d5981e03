/** Parameters: a schema, what several layers give for it, and one sentence for whatever is wrong. */
import type { z } from 'zod';
import { ParamError } from '../../errors.ts';
import { sentence } from './describe.ts';
import { fit } from './fit.ts';
import { NOTHING, parse, type Refusal } from './fitted.ts';
import { ParameterMisfit } from './misfit.ts';
import type { Path } from './path.ts';
import type { Schema } from './schema.ts';
import type { Layer, Setting } from './setting.ts';

/**
 * Parses what the layers give over the schema's defaults: members that no layer names keep the values that they have
 * without any. A later layer wins.
 * @throws ParamError naming the path, and where it was given, with a suggestion where a name is unknown
 */
export function parseLayers(owner: string, schema: z.ZodType, layers: readonly Layer[]): unknown {
  const given = startOf(
    schema,
    layers.map(({ setting }) => setting),
  );
  let misfit: ParameterMisfit;
  try {
    const answer = parse(fit(schema, given, NOTHING, []));
    if ('data' in answer) return answer.data;
    misfit = misfitOf(answer);
  } catch (error) {
    if (!(error instanceof ParameterMisfit)) throw error;
    misfit = error;
  }
  throw new ParamError(sentence(owner, schema, layers, misfit));
}

/** The settings, with an empty object below them unless the schema's root has a default of its own. */
export function startOf(schema: Schema, settings: readonly Setting[]): readonly Setting[] {
  return hasStart(schema) ? settings : [{ below: [] }, ...settings];
}

/**
 * Parses the value that a pipeline's own code gives for a stage or a pipeline within it. `owner` is asked only for the
 * sentence. @throws ParamError
 */
export function parseParams(owner: () => string, schema: z.ZodType, value: unknown): unknown {
  const input = value === undefined && !hasStart(schema) ? {} : value;
  const answer = parse({ schema, input });
  if ('data' in answer) return answer.data;
  throw new ParamError(sentence(owner(), schema, [], misfitOf(answer)));
}

function hasStart(schema: Schema): boolean {
  let inner: Schema | undefined = schema;
  while (inner !== undefined) {
    const { type, innerType }: Schema['_zod']['def'] = inner._zod.def;
    if (type === 'default' || type === 'prefault') return true;
    inner = innerType;
  }
  return false;
}

function misfitOf(refusal: Refusal): ParameterMisfit {
  return new ParameterMisfit(refusal.issue.path as Path, { kind: 'issue', ...refusal });
}
