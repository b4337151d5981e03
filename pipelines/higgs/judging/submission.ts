/**
 * What the challenge asked for: every test event's rank and class (Kaggle, "Higgs Boson Machine Learning Challenge",
 * Evaluation).
 */
import { type Table, tableOf } from 'restage';

export type SubmissionColumn = 'EventId' | 'RankOrder' | 'Class';

/**
 * Ranks are 1 to the number of events, each once, and the highest is that of the event most like signal; of equal
 * predictions the later event has the higher rank. Class is 1 (signal) for what is predicted at or above the cut.
 */
export function submissionTable(
  ids: ArrayLike<number>,
  predictions: ArrayLike<number>,
  cut: number,
): Table<SubmissionColumn> {
  const events = predictions.length;
  const ascending = new Uint32Array(events);
  for (let event = 0; event < events; event++) ascending[event] = event;
  ascending.sort((a, b) => predictions[a]! - predictions[b]! || a - b);
  const rank = new Uint32Array(events);
  const signal = new Uint8Array(events);
  for (let n = 0; n < events; n++) {
    const event = ascending[n]!;
    rank[event] = n + 1;
    signal[event] = predictions[event]! >= cut ? 1 : 0;
  }
  return tableOf({ EventId: Int32Array.from(ids), RankOrder: rank, Class: signal });
}
