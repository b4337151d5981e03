/** `secret()`: a parameter whose value is a secret. It is given as the place where its value is. */
import type { z } from 'zod';
import { DefinitionError } from '../../errors.ts';
import { isSecretMark, isSource, SOURCE_FORMS } from '../secret/mark.ts';

/** What is used of the author's copy of zod. restage imports none of its own: a worker would load two. */
interface Transforming {
  readonly transform?: (change: (value: unknown) => unknown) => {
    readonly _zod: {
      readonly def: { readonly out: { readonly _zod: { readonly constr: new (def: object) => Schema } } };
    };
  };
}

type Schema = z.ZodType<string, string>;

interface Payload {
  readonly issues: object[];
}

/**
 * The schema of a secret parameter. A stage's `run` gets the value as a text; everything else, `build` of a pipeline
 * among it, has a mark in its place. `source` is the default: `env:NAME` or `file:PATH`.
 *
 *     params: z.strictObject({ token: secret(z.string(), 'env:API_TOKEN') })
 *
 * @throws DefinitionError for a default that is not a source: a secret does not belong into code
 */
export function secret(schema: z.ZodString, source?: string): z.ZodType<string, string> {
  const { transform } = schema as unknown as Transforming;
  if (transform === undefined)
    throw new DefinitionError(
      "secret() needs a schema of zod; write secret(z.string()), with import { z } from 'zod'.",
    );
  if (source !== undefined && !isSource(source))
    throw new DefinitionError(
      `secret() has a default that is not the place of a value; give ${SOURCE_FORMS}, and keep the value itself out of the code.`,
    );
  const Transform = transform.call(schema, (value) => value)._zod.def.out._zod.constr;
  const made = new Transform({ type: 'transform', transform: markOf, secret: true });
  return source === undefined ? made : (made.prefault(source) as Schema);
}

function markOf(given: unknown, payload: Payload): unknown {
  if (isSource(given)) return { $secret: given };
  if (!isSecretMark(given))
    payload.issues.push({
      code: 'custom',
      input: undefined,
      path: [],
      message: `it is a secret; give ${SOURCE_FORMS}`,
    });
  return given;
}
