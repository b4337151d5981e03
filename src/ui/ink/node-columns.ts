/** How the rows of nodes divide a line: the columns that the running nodes can fill, as many as there is room for. */
import { nodePlace } from '../model/node-words.ts';
import type { RunModel } from '../model/run-model.ts';

export const GAP = 2;
/** Before the name: the mark of the selected node. */
export const MARK = 2;
export const PROGRESS = 9;
/** Of a loss or a rate: `-0.4213`. */
const NUMBER = 7;
/** Of `~99:59`. */
const TIME = 6;

/** Widths in cells; 0 where a column is not shown. */
export interface NodeColumns {
  readonly name: number;
  /** The branch and seed of an experiment. */
  readonly place: number;
  readonly bar: number;
  readonly progress: number;
  readonly loss: number;
  readonly rate: number;
  readonly time: number;
  readonly left: number;
  readonly spark: number;
  readonly note: number;
}

const NARROW = 70;
const NAME = { least: 12, wanted: 18, most: 28 };
const PLACE = { least: 12, wanted: 17, most: 30 };
const BAR = { least: 6, wanted: 12, most: 24 };
const SPARK = { least: 8, wanted: 16, most: 48 };
const NOTE = { least: 10, wanted: 17, most: 60 };

export function nodeColumns(model: RunModel, width: number): NodeColumns {
  const tells = { progress: false, note: false, loss: false, rate: false };
  const running = model.running;
  for (const { stage } of running) {
    const told = model.stages.get(stage)!.tells;
    tells.progress ||= told.progress;
    tells.note ||= told.note;
    tells.loss ||= told.loss;
    tells.rate ||= told.rate;
  }
  const shown = [...running, ...model.waiting, ...model.ended].map(({ node }) => nodePlace(model, node));
  const longest = shown.reduce((most, { name }) => Math.max(most, name.length), NAME.least);
  const longestPlace = shown.reduce((most, { where }) => Math.max(most, where.length), 0);
  const columns = {
    name: NAME.least,
    place: 0,
    bar: 0,
    progress: 0,
    loss: 0,
    rate: 0,
    time: 0,
    left: 0,
    spark: 0,
    note: 0,
  };
  let room = width - MARK - NAME.least;
  const add = (column: keyof NodeColumns, cells: number, isWanted = true): void => {
    if (!isWanted || room < cells + GAP) return;
    columns[column] = cells;
    room -= cells + GAP;
  };
  const widen = (column: keyof NodeColumns, most: number): void => {
    if (columns[column] === 0) return;
    const more = Math.min(Math.max(0, room), most - columns[column]);
    columns[column] += more;
    room -= more;
  };
  // The most important first.
  add('place', PLACE.least, longestPlace > 0);
  // A narrow line has room for the numbers of a progress and its note, and not for its bar.
  add('bar', BAR.least, width >= NARROW || !tells.progress || !tells.note);
  add('progress', PROGRESS, tells.progress);
  add('left', TIME);
  add('note', NOTE.least, tells.note);
  widen('name', Math.min(longest, NAME.wanted));
  widen('place', Math.min(longestPlace, PLACE.wanted));
  add('loss', NUMBER, tells.loss);
  widen('note', NOTE.wanted);
  add('spark', SPARK.least, tells.loss);
  add('rate', NUMBER, tells.rate);
  add('time', TIME);
  widen('name', Math.min(longest, NAME.most));
  widen('place', Math.min(longestPlace, PLACE.most));
  widen('bar', BAR.wanted);
  if (columns.note > 0) widen('spark', SPARK.wanted);
  widen('note', NOTE.most);
  widen('bar', BAR.most);
  widen('spark', SPARK.most);
  return columns;
}
