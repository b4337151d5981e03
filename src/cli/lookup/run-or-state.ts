/** A reference where only a run or a state will do, as for tags and pins. */
import { type CacheKey, short } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { RunOrStateId } from '../../store/record/tag-tables.ts';
import { noState } from '../../store/reference/find.ts';
import { type FoundNode, isOlderState } from '../../store/reference/found.ts';
import type { Call } from '../arguments/verb.ts';
import { lookUp } from './look-up.ts';

export interface RunOrState {
  readonly target: RunOrStateId;
  /** For people. */
  readonly words: string;
  /** The node that was named, if the state is not that of its latest visit: a person wants to know. */
  readonly older?: FoundNode;
  /** For programs. */
  readonly facts: { readonly run: number } | { readonly state: CacheKey; readonly stage: string };
}

/** @param verb what is done to it: `tag` or `pin`. @throws UsageError */
export async function runOrState(cache: Cache, what: string, call: Call, verb: 'tag' | 'pin'): Promise<RunOrState> {
  const found = await lookUp(cache, what, call);
  const done = verb === 'tag' ? 'tagged' : 'pinned';
  switch (found.kind) {
    case 'run':
      return { target: { run: found.run.id }, words: `run:${found.run.id}`, facts: { run: found.run.id } };
    case 'code':
      throw new UsageError(`${what} is the code of a stage; only runs and states can be ${done}.`);
    case 'effects':
      throw new UsageError(`${what} is an effect table; only runs and states can be ${done}.`);
    case 'output':
      throw new UsageError(`${what} is an output; ${verb} its state, ${found.of?.node ?? short(found.state.key)}.`);
    case 'artifact':
      throw new UsageError(
        `${what} is an artifact; ${verb} the state that made it ("restage show ${what}" shows which).`,
      );
    case 'node':
      if (found.state === undefined) throw new UsageError(noState(cache.query, found));
      return { ...stateTarget(found.state), ...(isOlderState(found) && { older: found }) };
    case 'state':
      return stateTarget(found.state);
  }
}

function stateTarget({ id, key, stage }: StateRecord): RunOrState {
  return { target: { state: id }, words: `state ${short(key)} of ${stage}`, facts: { state: key, stage } };
}
