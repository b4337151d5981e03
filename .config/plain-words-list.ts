/**
 * The phrases that `plain-words.ts` finds, each with its plain form and a sentence that has it. A pattern is matched
 * without regard to case, against prose on one line; `…` stands for a hole in a template.
 */

export interface Rule {
  /** Source of a regular expression. */
  readonly pattern: string;
  /** What to write instead. */
  readonly plain: string;
  /** A sentence that the pattern finds; the test plants it. */
  readonly example: string;
}

const rule = (pattern: string, plain: string, example: string): Rule => ({ pattern, plain, example });

export const RULES: readonly Rule[] = [
  // Negation that is turned round.
  rule(
    String.raw`(?<!\bthere )\b(is|are|was|were) no (?!longer\b|more than\b|less than\b|more\b|less\b|better\b|worse\b|different\b|faster\b|slower\b|larger\b|smaller\b|earlier\b|later\b)`,
    'is not a, are not',
    'That is no package.',
  ),
  rule(
    String.raw`(?<!\bthere (can|will|may|must|should|would|could|might) )\b(be|being|been) no `,
    'not be a',
    'It can be no key.',
  ),
  rule(String.raw`\b(is|are|was|were) no more[.,;:]`, 'no longer exists', 'The file is no more.'),
  rule(
    String.raw`\bit is none\b|\b(is|are) none of (our|your|its|their|his)`,
    'it is not',
    'An export, or it is none.',
  ),
  rule(String.raw`\bknows? no\b`, 'does not know about', 'It knows no files.'),
  rule(String.raw`\b(nobody|no one)'s to\b`, 'nobody may', "A download is nobody's to edit."),
  rule(String.raw`\bof (which|whom) there (is|are|was|were)\b`, 'there is no', 'A table, of which there is none.'),
  rule(String.raw`\bnone the less\b`, 'still', 'It runs none the less.'),
  rule(String.raw`\ball the same[.,;:]`, 'still, anyway', 'It runs all the same.'),
  // Clipped verbs.
  rule(
    String.raw`\b(cannot|can|could not|could|not|to|may|might) be had\b|\bis to be had\b`,
    'is unavailable, is available',
    'The file cannot be had.',
  ),
  rule(String.raw`\b(leave|leaves|leaving|left)\b[^.;:,]{1,40}? away\b`, 'omit', 'Please leave --device cpu away.'),
  rule(String.raw`\b(take|takes)\b[^.;:,]{1,40}? away\b`, 'remove', 'Take one of these inputs away.'),
  rule(String.raw`\b(lie|lies|lay|lying) (about|around)\b`, 'are nearby, are left over', 'Pipelines that lie about.'),
  rule(String.raw`\bmend(s|ed|ing)?\b`, 'fix', 'Mend it first.'),
  rule(String.raw`\blet go( of)?\b|\blets go( of)?\b`, 'free, release', 'The slot is let go of.'),
  rule(
    String.raw`\b(bring|brings|brought|bringing) along\b|\b(bring|brings)\b[^.;:,]{1,30}? along\b`,
    'include',
    'The package brings along a library.',
  ),
  rule(String.raw`\b(take|takes|took)\b[^.;:,]{1,30}? along\b`, 'end too, include', 'It would take the owner along.'),
  rule(
    String.raw`\b(tell|tells|told|telling) of\b|\b(is|are) told (in|by|on)\b`,
    'report',
    'The doctor tells of a package.',
  ),
  rule(String.raw`\b(go|goes|going) on with\b`, 'continue with', 'Go on with: restage run.'),
  rule(String.raw`\b(comes?|came|come) to (a|any|its|no) state\b`, 'has a state', 'It never came to a state.'),
  rule(String.raw`\b(put|puts|putting) out\b`, 'output, write', 'A stage may put out a file.'),
  rule(
    String.raw`\bis meant (from|by|here)\b|\bno \w+ is meant\b`,
    'is relative to, refers to',
    'A path is meant from here.',
  ),
  rule(String.raw`\bas it were\b`, 'omit it', 'A kind of house, as it were.'),
  rule(String.raw`\bto hand(?=[.,;:]|$| (where|when|for)\b)`, 'available', 'Where it is to hand.'),
  rule(String.raw`\btaken for\b`, 'treated as, mistaken for', 'It is taken for a file.'),
  rule(String.raw`\bnot yet their turn\b`, 'interrupted, waiting', 'Three nodes: not yet their turn.'),
  rule(String.raw`\b(is|are|was|were) after[.,;:]`, 'want', 'That is what they are after.'),
  rule(String.raw`\bin need of\b`, 'that needs', 'A node in need of what failed.'),
  rule(String.raw`\bof (its|their|his|her) own accord\b`, 'by itself', 'It ends of its own accord.'),
  rule(String.raw`\bbe it\b|, be (they|he|she|that)\b`, 'whether it is', 'Every file, be it large or small.'),
  rule(String.raw`\bwhatever it is that\b`, 'whatever', 'Whatever it is that computes.'),
  // Riddles: a clause in place of a noun.
  rule(String.raw`\bwhat makes\b`, 'name the thing', 'Prints what makes bash complete words.'),
  rule(String.raw`\bwhat(ever)? there (is|are|was|were)\b`, 'what exists', 'It lists what there is.'),
  rule(
    String.raw`\b(all|every \w+|the \w+|those|whatever|one|none|as many) that there (is|are|was|were)\b`,
    'every, the existing',
    'Every GPU that there is.',
  ),
  rule(
    String.raw`\b(length|digest|name|value|content|kind|size) (or \w+ )?is another\b`,
    'differs',
    'A file whose digest is another.',
  ),
  // Words that the field has another word for.
  rule(String.raw`\bcut off\b`, 'unchanged (its inputs ran again, same bytes)', 'The node was cut off.'),
  rule(String.raw`\bearly cut-off\b`, 'early cutoff', 'That is early cut-off.'),
  rule(String.raw`\bsurroundings\b`, 'backend search', 'The surroundings of a run.'),
  rule(String.raw`\bchronicle\b`, 'run journal', 'The chronicle of a run.'),
  rule(String.raw`\bfile-check(s)?\b`, 'dependency list', 'A file-check rests on stat.'),
  rule(String.raw`\boffences?\b`, 'diagnostic', 'Every offence has a place.'),
  rule(String.raw`\broads?\b`, 'path', 'The fast road of planning.'),
  // Old or foreign turns.
  rule(
    String.raw`\b(nobody|no one) (says|said|means|meant|is going to)\b`,
    'is unspecified, by default',
    'Which of them, nobody says.',
  ),
  rule(
    String.raw`\bthe very (?!first\b|last\b|next\b|least\b|beginning\b|end\b)`,
    'the same, exactly the',
    'They end with the very bytes.',
  ),
  rule(String.raw`\bat hand\b`, 'given, available', 'The number of events at hand.'),
  rule(
    String.raw`\bun(less|til) (it is |they are )?told (otherwise|to)\b`,
    'by default',
    'It stays, unless told otherwise.',
  ),
  rule(String.raw`\bseldomer\b`, 'less often', 'It saves seldomer.'),
  rule(
    String.raw`\b(lies|lie) (in|beside|below|above|there|within|inside|under)\b`,
    'is in, is beside',
    'The file lies in the cache.',
  ),
  rule(
    String.raw`\bstands? (in(?! the way| for)|at|there|beside|for people)\b`,
    'is in, is at',
    'It says where the word stands there.',
  ),
  rule(String.raw`(?<!\bnot\b[^.;:]{0,40})\bbut for\b`, 'except for', 'Insert-only, but for leases.'),
  rule(String.raw`\bsave for\b`, 'except for', 'Save for the last one.'),
  rule(String.raw`\botherwise than\b`, 'unlike, not as', 'Otherwise than the first.'),
  rule(String.raw`\bfor want of\b`, 'without', 'For want of a better name.'),
  rule(
    String.raw`\b(wherein|whereof|whereupon|thereof|therein|thereupon|hitherto|hence|thence|whence|lest|inasmuch|whilst|amongst|anew|albeit)\b`,
    'in which, then, so, while, among, again',
    'The folder wherein it is.',
  ),
  rule(String.raw`\bshall\b`, 'must, will', 'It shall run.'),
  rule(String.raw`\bso-and-so\b`, 'name it', 'Stage so-and-so failed.'),
  rule(String.raw`(?<=…\s)is none\b(?! of)`, 'is not one', 'It takes a run, and … is none.'),
  rule(
    String.raw`\b(tell|tells|say|says|told|said) what is not so\b`,
    'is untrue, name what differs',
    'It tells what is not so.',
  ),
  rule(
    String.raw`\bof (now|then)(?=[.,;:]|$| (is|are|was|were)\b)`,
    'as it is now, on record',
    'It is compared with a run of now.',
  ),
  rule(
    String.raw`\b(come|comes|came|linked|printed|defined|made) otherwise\b|\b(come|comes|came) out (otherwise|different)\b`,
    'differently, differ, change',
    'The inputs come out otherwise.',
  ),
  rule(String.raw`\b(a|an|the) \w+ is of again\b`, 'name what is made', 'It makes what a bundle is of again.'),
  rule(String.raw`\b(kept|held) so\b(?! (that|as|long|far|many))`, 'name it', 'It lists what is kept so.'),
  rule(
    String.raw`\b(nothing|something|none) by which\b`,
    'nothing that would',
    'Start nothing by which it takes longer.',
  ),
  rule(String.raw`\bverif(y|ies) so many\b`, 'this share of, how many', 'It verifies so many of the hits.'),
  rule(
    String.raw`\bthat (do|does) not say so (itself|themselves)\b`,
    'unless they say so',
    'Nodes execute that do not say so themselves.',
  ),
  rule(String.raw`\b(made|started) from no \w+`, 'without a', 'It was made from no file.'),
  rule(
    String.raw`\bwith what (it|they) (say|says) about\b`,
    'with its record of',
    'It goes with what it says about 4 nodes.',
  ),
  rule(String.raw`\b(nothing|nobody|none) (was|were) \w+ed yet\b`, 'has been, have been', 'Nothing was accepted yet.'),
  rule(String.raw`\b(run|runs|record) is like that\b`, 'fits, meets the condition', 'No run is like that.'),
  rule(String.raw`\b(lie|lies) among\b`, 'is within the range of', 'Each number lies among theirs.'),
  rule(String.raw`\bbehind the end\b`, 'after the end, beyond the end', 'A position behind the end of a list.'),
  rule(String.raw`\btakes? room\b`, 'takes up space', 'It shows what takes room.'),
  rule(String.raw`\b(read|reads|depends?) besides\b`, 'else, also', 'What it read besides was not observed.'),
  rule(String.raw`\bnobody tells\b`, 'that is not on record', 'It reads a file nobody tells.'),
  rule(String.raw`\bless to give\b`, 'would save less', 'Two nodes with less to give.'),
  rule(String.raw`\breach(es)? no \w+`, 'cannot reach a', 'npm reaches no registry.'),
  rule(
    String.raw`\bwhich no float64 is\b|\bwhich no \w+ here can[.,;]`,
    'cannot hold',
    'It holds text, which no array here can.',
  ),
  rule(String.raw`\bfor ever\b`, 'forever', 'It would wait for ever.'),
];

/**
 * Sentences that stay as they are, because they are in the code of stages: another wording would change the stage's
 * digest, and so its key. Change them when the code around them changes.
 */
export const FROZEN: readonly { readonly file: string; readonly phrase: string }[] = [
  { file: 'pipelines/higgs/stages/select-snapshots.ts', phrase: 'but for' },
];
