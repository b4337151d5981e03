/** `restage tag`: names for runs and states. They are not part of any key: tagging never makes anything run. */
import { short } from '../../core/identity/digest.ts';
import { EXIT, UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';
import type { Tagged } from '../../store/query/tags.ts';
import { formatTime } from '../../ui/text/format.ts';
import { withCache, withWritableCache } from '../lookup/open-cache.ts';
import { type RunOrState, runOrState } from '../lookup/run-or-state.ts';
import { flag } from '../arguments/options.ts';
import { COMMON, OF_PIPELINE } from '../arguments/shared.ts';
import { writeJson } from '../output/json.ts';
import { writeLines } from '../output/lines.ts';
import { nodeLine } from '../show/states/node.ts';
import { screenOf } from '../output/screen.ts';
import { suggest } from '../output/suggest.ts';
import { tableLines } from '../output/table.ts';
import type { Call, Verb } from '../arguments/verb.ts';

const NAME = /^[A-Za-z][A-Za-z0-9._/+-]*$/;
const LONGEST = 200;

export const verb: Verb = {
  name: 'tag',
  summary: 'give a run or a state a name, or list the names',
  positionals: [
    {
      name: 'what',
      help: 'run:N, a digest of a state, or a node (its latest state, or run:N/node)',
      optional: true,
      complete: ['recorded nodes', 'tags'],
    },
    { name: 'name', help: 'the tag', optional: true },
  ],
  options: [
    { long: 'list', short: 'l', help: 'list what is tagged' },
    { long: 'delete', short: 'd', help: 'remove the tag' },
    OF_PIPELINE,
    ...COMMON,
  ],
  examples: ['restage tag run:12 baseline', 'restage tag --list', 'restage tag run:12 baseline --delete'],
  also: ['name', 'label'],
  async run(call) {
    const [first, second] = call.positionals;
    if (flag(call, 'list') || first === undefined) {
      await withCache(call, (cache) => listTags(cache, call, first));
      return EXIT.ok;
    }
    await withWritableCache(call, async (cache) => {
      if (second === undefined) throw new UsageError(oneWord(cache, call, first));
      await setTag(cache, call, first, second);
    });
    return EXIT.ok;
  },
};

function oneWord({ query }: Cache, call: Call, word: string): string {
  if (!flag(call, 'delete'))
    return `restage tag ${word} needs a name for it; write for example: ${suggest(call, 'tag', word, 'baseline')}`;
  const [first] = query.tags.list(word);
  const what = first === undefined ? 'run:1' : name(first);
  return `--delete needs what is tagged and the tag; write for example: ${suggest(call, 'tag', what, word, '--delete')}`;
}

function listTags(cache: Cache, call: Call, tag: string | undefined): void {
  const tagged = cache.query.tags.list(tag);
  if (flag(call, 'json')) {
    writeJson(call, { tags: tagged });
    return;
  }
  if (tagged.length === 0) {
    writeLines(call.io, [
      tag === undefined
        ? 'Nothing is tagged yet; write for example: restage tag run:1 baseline'
        : `Nothing has the tag ${tag}; "restage tag --list" shows what is tagged.`,
    ]);
    return;
  }
  const rows = tagged.map((each) => [each.tag, name(each), 'run' in each ? '' : each.stage, formatTime(each.at)]);
  const columns = [{ title: 'tag', least: 12 }, { title: 'on' }, { title: 'stage', least: 12 }, { title: 'since' }];
  writeLines(call.io, tableLines(columns, rows, screenOf(call.io).width));
}

async function setTag(cache: Cache, call: Call, what: string, tag: string): Promise<void> {
  if (tag.length > LONGEST)
    throw new UsageError(
      `A tag has at most ${LONGEST} characters, and this one has ${tag.length}; give a shorter one.`,
    );
  if (!NAME.test(tag))
    throw new UsageError(
      `The tag "${tag}" is malformed; start with a letter and use letters, digits and . _ / + - only.`,
    );
  const { target, words, older, facts } = await runOrState(cache, what, call, 'tag');
  const { tags } = cache.record;
  const remove = flag(call, 'delete');
  const others = remove ? [] : cache.query.tags.list(tag).filter((each) => !isOn(each, facts));
  const changed = remove ? tags.remove(target, tag) : tags.add(target, tag);
  if (remove && !changed)
    throw new UsageError(`${words} has no tag ${tag}; "restage tag --list" shows what is tagged.`);
  if (flag(call, 'json')) writeJson(call, { tag, ...facts, changed });
  else
    writeLines(call.io, [
      remove ? `${words} is no longer tagged ${tag}` : `${words} is tagged ${tag}`,
      ...(older === undefined ? [] : [nodeLine(cache, older)]),
      ...alsoTagged(call, tag, others),
    ]);
}

function isOn(tagged: Tagged, facts: RunOrState['facts']): boolean {
  if ('run' in tagged) return 'run' in facts && tagged.run === facts.run;
  return 'state' in facts && tagged.state === facts.state;
}

/** A name on several things names none of them. */
function alsoTagged(call: Call, tag: string, others: readonly Tagged[]): readonly string[] {
  const [first] = others;
  if (first === undefined) return [];
  const also = others.length === 1 ? `${name(first)} is` : `${others.length} others are`;
  return [
    `${also} tagged ${tag} too, so the name alone is ambiguous; remove it with: ${suggest(call, 'tag', name(first), tag, '--delete')}`,
  ];
}

function name(tagged: Tagged): string {
  return 'run' in tagged ? `run:${tagged.run}` : short(tagged.state);
}
