/** Timing a program in a terminal: what its process takes from its start, through keys that are pressed, to its end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Pane } from '../helpers/pane.ts';
import { type Command, type Sample, sampleOf } from './timing.ts';

const SIZE = { columns: 80, rows: 24 };
const LIMIT_MS = 60_000;

/** Keys by their names in tmux, and what the screen shows before they are pressed. */
export interface Keys {
  readonly at: RegExp;
  readonly press: readonly string[];
}

/**
 * Starts the command in a terminal of 80x24 and presses each key as soon as a line is what it waits for; the last one
 * ends the program. The clock counts the terminal too, so only processor time says what the program costs.
 * @throws if it fails
 */
export async function timeInTerminal({ argv, directory }: Command, keys: readonly Keys[]): Promise<Sample> {
  const pane = await Pane.open(SIZE, directory, { RESTAGE_SAID: join(directory, 'said') });
  const script = 'TIMEFORMAT="%3R %3U %3S"; exec 3>&2; { time "$@" 2>&3; } 2>"$RESTAGE_SAID"; echo "ended with $?"';
  await pane.type(`clear; bash -c '${script}' bash ${argv.map((word) => `'${word}'`).join(' ')}`);
  await pane.press('Enter');
  for (const { at, press } of keys) {
    await shown(pane, at);
    await pane.press(...press);
  }
  const [end] = (await shown(pane, /^ended with \d+$/)).filter((line) => line.startsWith('ended with '));
  if (end !== 'ended with 0') throw new Error(`${argv.join(' ')} ${end}`);
  return sampleOf(readFileSync(join(directory, 'said'), 'utf8'));
}

/** @throws with what the screen has instead */
async function shown(pane: Pane, what: RegExp): Promise<readonly string[]> {
  const late = new AbortController();
  const tooLate = setTimeout(LIMIT_MS, undefined, { signal: late.signal }).then(async () => {
    const screen = (await pane.lines()).join('\n');
    throw new Error(`After ${LIMIT_MS / 1000} s the screen does not show ${what}:\n${screen}`);
  });
  try {
    return await Promise.race([pane.untilShown(what), tooLate]);
  } finally {
    tooLate.catch(() => undefined);
    late.abort();
  }
}
