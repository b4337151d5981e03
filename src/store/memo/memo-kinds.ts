/** Kinds of memos that more than one room must name alike: if they drifted apart, an outdated memo would survive. */

/** The plans of complete runs. They rest on states, so they are deleted when a plan key gets another state. */
export const PLAN_MEMO = 'no-op';
/** The code of stages. */
export const CODE_MEMO = 'code';
