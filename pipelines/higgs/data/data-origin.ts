/** Where events come from: real ones, or this pipeline's own generator. Every report of a result says which. */
import { z } from 'zod';

export const dataOrigin = z.enum(['simulated', 'open-data']);
export type DataOrigin = z.output<typeof dataOrigin>;

/** A result, and the data that it is about. Only results on open data compare with published figures. */
export type OnData<Result> = Result & { readonly data: DataOrigin };
