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
import { writeJson, writeOut } from './output.ts';
import type { Invocation } from './verbs.ts';

const NAME = /^[A-Za-z][A-Za-z0-9._/+-]*$/;

export async function tagVerb(invocation: Invocation): Promise<number> {
  await withCache(invocation, (cache) => {
    const [first, second] = invocation.positionals;
    if (flag(invocation, 'list') || first === undefined) listTags(cache, invocation, first);
    else if (second === undefined)
      throw new UsageError(
        `restage tag ${first} needs a name for it; write for example: restage tag ${first} baseline`,
      );
    else setTag(cache, invocation, first, second);
  });
  return EXIT.ok;
}

function listTags(cache: Cache, invocation: Invocation, tag: string | undefined): void {
  const tagged = cache.query.tags.list(tag);
  if (flag(invocation, 'json')) {
    writeJson(tagged);
    return;
  }
  if (tagged.length === 0) {
    writeOut(
      tag === undefined
        ? 'Nothing is tagged yet; write for example: restage tag run:1 baseline\n'
        : `Nothing has the tag ${tag}; "restage tag --list" shows what is tagged.\n`,
    );
    return;
  }
  const rows = tagged.map((each) => [each.tag, name(each), 'run' in each ? '' : each.stage, formatTime(each.at)]);
  writeOut(`${formatTable(['tag', 'on', 'stage', 'since'], rows).join('\n')}\n`);
}

function setTag(cache: Cache, invocation: Invocation, what: string, tag: string): void {
  if (!NAME.test(tag))
    throw new UsageError(
      `The tag "${tag}" is malformed; start with a letter and use letters, digits and . _ / + - only.`,
    );
  const { target, words } = targetOf(cache, what);
  const { tags } = cache.record;
  const remove = flag(invocation, 'delete');
  const changed = remove ? tags.remove(target, tag) : tags.add(target, tag);
  if (remove && !changed)
    throw new UsageError(`${words} has no tag ${tag}; "restage tag --list" shows what is tagged.`);
  if (flag(invocation, 'json')) writeJson({ tag, on: words, changed });
  else writeOut(remove ? `${words} is no longer tagged ${tag}\n` : `${words} is tagged ${tag}\n`);
}

function targetOf(cache: Cache, what: string): { readonly target: TagTarget; readonly words: string } {
  const found = lookUp(cache, what);
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
