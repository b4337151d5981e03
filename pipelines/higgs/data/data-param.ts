/** The parameter `data` of every pipeline on these data. */
import { z } from 'zod';
import { dataSource, MOST_EVENTS } from './data-source.ts';

/**
 * `simulated` (20,000 events), `simulated:N`, `opendata` (fetched from CERN), or the path of the open-data file or of
 * Kaggle's training.csv, plain, compressed with gzip, or as Parquet.
 */
export const dataParam = z
  .string()
  .min(1)
  .refine((data) => dataSource(data) !== undefined, {
    error: ({ input }) =>
      `"${String(input)}" is not a number of events; write simulated, simulated:N with N from 1 to ${MOST_EVENTS}, opendata, or the path of the open-data file`,
  })
  .default('simulated');
