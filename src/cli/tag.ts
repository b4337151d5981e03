/** `restage tag`: names for runs and states. They are no part of any key: tagging never makes anything run. */
import { short } from '../core/identity/digest.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import type { Tagged } from '../store/query/tags.ts';
import type { TagTarget } from '../store/record/tag-tables.ts';
import { formatTable, formatTime } from '../ui/text/format.ts';
import { lookUp } from './look-up.ts';
import { withCache } from './open-cache.ts';
import { flag } from './options.ts';
import type { Io } from './io/io.ts';
import { writeJson } from './output/json.ts';
import type { Call } from './verbs.ts';

const NAME = /^[A-Za-z][A-Za-z0-9._/+-]*$/;

export async function tagVerb(call: Call): Promise<number> {
  await withCache(call, (cache) => {
    const [first, second] = call.positionals;
    if (flag(call, 'list') || first === undefined) listTags(cache, call, first);
    else if (second === undefined)
      throw new UsageError(
        `restage tag ${first} needs a name for it; write for example: restage tag ${first} baseline`,
      );
    else setTag(cache, call, first, second);
  });
  return EXIT.ok;
}

function listTags(cache: Cache, call: Call, tag: string | undefined): void {
  const tagged = cache.query.tags.list(tag);
  if (flag(call, 'json')) {
    writeJson(call, tagged);
    return;
  }
  if (tagged.length === 0) {
    call.io.writeOut(
      tag === undefined
        ? 'Nothing is tagged yet; write for example: restage tag run:1 baseline\n'
        : `Nothing has the tag ${tag}; "restage tag --list" shows what is tagged.\n`,
    );
    return;
  }
  const rows = tagged.map((each) => [each.tag, name(each), 'run' in each ? '' : each.stage, formatTime(each.at)]);
  call.io.writeOut(`${formatTable(['tag', 'on', 'stage', 'since'], rows).join('\n')}\n`);
}

function setTag(cache: Cache, call: Call, what: string, tag: string): void {
  if (!NAME.test(tag))
    throw new UsageError(
      `The tag "${tag}" is malformed; start with a letter and use letters, digits and . _ / + - only.`,
    );
  const { target, words } = targetOf(cache, what, call.io);
  const { tags } = cache.record;
  const remove = flag(call, 'delete');
  const changed = remove ? tags.remove(target, tag) : tags.add(target, tag);
  if (remove && !changed)
    throw new UsageError(`${words} has no tag ${tag}; "restage tag --list" shows what is tagged.`);
  if (flag(call, 'json')) writeJson(call, { tag, on: words, changed });
  else call.io.writeOut(remove ? `${words} is no longer tagged ${tag}\n` : `${words} is tagged ${tag}\n`);
}

function targetOf(cache: Cache, what: string, io: Io): { readonly target: TagTarget; readonly words: string } {
  const found = lookUp(cache, what, io);
  switch (found.kind) {
    case 'run':
      return { target: { run: found.run.id }, words: `run:${found.run.id}` };
    case 'artifact':
      throw new UsageError(`${what} is an artifact; tag the state that made it ("restage show ${what}" tells which).`);
    case 'state':
    case 'node':
      if (found.state === undefined)
        throw new UsageError(`${what} has never come to a state, so there is nothing to tag; run it first.`);
      return { target: { state: found.state.id }, words: `state ${short(found.state.key)} of ${found.state.stage}` };
  }
}

function name(tagged: Tagged): string {
  return 'run' in tagged ? `run:${tagged.run}` : short(tagged.state);
}
