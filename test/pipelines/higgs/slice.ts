/** The 18,000 real events beside the checkout on development machines, which exist nowhere else. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Table } from 'restage';
import type { TestContext } from 'vitest';
import type { EventColumn } from '../../../pipelines/higgs/data/columns.ts';
import { readEvents } from '../../../pipelines/higgs/data/read-events.ts';

export const SLICE = fileURLToPath(new URL('../../../../shared/data/higgsml-slice-18000.csv.gz', import.meta.url));

/** Its events; skips the test with a reason if the file is missing. */
export async function sliceEvents(context: TestContext): Promise<Table<EventColumn>> {
  if (!existsSync(SLICE)) context.skip(`the open-data slice is not at ${SLICE}`);
  return readEvents(SLICE);
}
