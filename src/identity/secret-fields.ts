/**
 * Fields of a key that are secret: how they are made, and how they are known on record. Few imports: answers load it.
 */
import type { Field } from '../core/identity/cache-key.ts';
import { valueDigest } from '../core/identity/canonical.ts';
import type { Digest } from '../core/identity/digest.ts';
import { mayHaveMark } from '../core/secret/mark.ts';

/** `env.TOKEN`: its preview tells a secret variable from another one, also where it is not set. */
export function secretVariable(name: string, digest: Digest | undefined): Field {
  const value = digest === undefined ? null : { $secret: digest };
  const preview = `${SECRET_VARIABLE}${name}${digest === undefined ? ', not set' : ''})`;
  return { name: `env.${name}`, digest: valueDigest(value), preview };
}

const SECRET_VARIABLE = '(secret env:';

/** Whether a variable on record was declared to be secret. */
export function isSecretVariable({ preview }: Pick<Field, 'preview'>): boolean {
  return preview.startsWith(SECRET_VARIABLE);
}

/** Whether a secret is all of the field's value, or a part of it. */
export function isSecretField(field: Pick<Field, 'preview'>): boolean {
  return isSecretVariable(field) || mayHaveMark(field.preview);
}
