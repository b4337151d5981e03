/** Settings as a user types them, fitted into a schema. */
import { z } from 'zod';
import { overrideLayers, parseOverride } from '../../../src/core/params/override.ts';
import { parseLayers } from '../../../src/core/params/parse-params.ts';
import { type Layer } from '../../../src/core/params/setting.ts';

export const typed = (...settings: string[]): readonly Layer[] => overrideLayers(settings.map(parseOverride));
export const parse = (schema: unknown, ...settings: string[]): unknown =>
  parseLayers('Pipeline p', schema as z.ZodType, typed(...settings));

export const Train = z.strictObject({ rate: z.number().default(0.1), momentum: z.number().default(0.5) });
