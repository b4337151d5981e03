/** `secret()`: a parameter whose value is a secret. It is given as the place where its value is. */
import { z } from 'zod';
import { DefinitionError } from '../../errors.ts';
import { isSecretMark, isSource, type SecretMark, SOURCE_FORMS } from '../secret/mark.ts';

/**
 * The schema of a secret parameter. A stage's `run` gets the value as a text; everything else, `build` of a pipeline
 * among it, has a mark in its place. `source` is the default: `env:NAME` or `file:PATH`.
 *
 *     params: z.strictObject({ token: secret('env:API_TOKEN') })
 *
 * @throws DefinitionError for a default that is not a source: a secret does not belong into code
 */
export function secret(source?: string): z.ZodType<string, string> {
  if (source !== undefined && !isSource(source))
    throw new DefinitionError(
      `secret() was called with something else than the place of a value; give ${SOURCE_FORMS}, and keep the value itself out of the code.`,
    );
  const mark = z.custom<SecretMark>(
    isSecretMark,
    `it is a secret, so it takes the place of its value: ${SOURCE_FORMS}`,
  );
  Object.assign(mark._zod.def, { secret: true });
  const schema = z.preprocess((given) => (isSource(given) ? { $secret: given } : given), mark);
  return (source === undefined ? schema : schema.prefault(source)) as never;
}
