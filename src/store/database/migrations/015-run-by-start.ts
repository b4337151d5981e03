/**
 * Schema: the run that began last is found without reading all of them. A run that came from another cache has a later
 * number.
 */
export const RUN_BY_START = 'CREATE INDEX run_by_start ON run (started_at);';
