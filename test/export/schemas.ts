/** The published schemas and shapes, which some machines have beside the repository. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const SCHEMAS = fileURLToPath(new URL('../../../shared/data/schemas', import.meta.url));
export const NO_SCHEMAS = `the published schemas are not at ${SCHEMAS}`;
export const hasSchemas = existsSync(SCHEMAS);
