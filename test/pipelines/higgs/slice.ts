/** The 18,000 real events that lie beside the checkout on development machines, and nowhere else. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Table } from 'restage';
import type { TestContext } from 'vitest';
import type { EventColumn } from '../../../pipelines/higgs/columns.ts';
import { readEvents } from '../../../pipelines/higgs/read-events.ts';

export const SLICE = fileURLToPath(new URL('../../../../shared/data/higgsml-slice-18000.csv.gz', import.meta.url));

/** Its events; skips the test, saying so, where the file is not there. */
export async function sliceEvents(context: TestContext): Promise<Table<EventColumn>> {
  if (!existsSync(SLICE)) context.skip(`the open-data slice is not at ${SLICE}`);
  return readEvents(SLICE);
}
