/** The descriptions of all verbs, loaded. */
import { allVerbs } from '../../src/cli/arguments/verb.ts';
import { VERBS } from '../../src/cli/verbs/registry.ts';

export const VERB_LIST = await allVerbs(VERBS);
