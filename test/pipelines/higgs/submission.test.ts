import { tableOf } from 'restage';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { submission } from '../../../pipelines/higgs/stages/submission.ts';
import { submissionTable } from '../../../pipelines/higgs/judging/submission.ts';
import { runStage } from '../in-process.ts';

async function csvOf(ids: readonly number[], predictions: readonly number[], cut = 0.5): Promise<string> {
  const inputs = {
    ids: tableOf({ EventId: Int32Array.from(ids), target: new Uint8Array(ids.length) }),
    predictions: tableOf({ prediction: Float32Array.from(predictions) }),
    cut: { cut },
  };
  return (await runStage(submission, { inputs })).outputs['csv'] as string;
}

describe('the submission', () => {
  test('ranks the event most like signal highest, has s at the cut and above, and keeps the order of the file', async () => {
    expect(await csvOf([350003, 350001, 350002], [0.25, 0.75, 0.5])).toBe(
      'EventId,RankOrder,Class\n350003,1,b\n350001,3,s\n350002,2,s\n',
    );
  });

  test('is only a header if there are no test events, and the log says what to do about it', async () => {
    expect(await csvOf([], [])).toBe('EventId,RankOrder,Class\n');
    const nothing = {
      ids: tableOf({ EventId: new Int32Array(0) }),
      predictions: tableOf({ prediction: new Float32Array(0) }),
    };
    const { log } = await runStage(submission, { inputs: { ...nothing, cut: { cut: 0.5 } } });
    expect(log).toEqual([
      'the data have no test events, so that the submission has none; -S test=PATH reads those of test.csv',
    ]);
  });

  test('has every rank from 1 to N once, rising with the prediction, and of equal ones with the place in the file', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 8 }),
        (eighths, cut) => {
          const predictions = Float32Array.from(eighths, (n) => n / 8);
          const ids = Int32Array.from(eighths, (_, n) => 1000 - n);
          const { EventId, RankOrder, Class } = submissionTable(ids, predictions, cut / 8).columns;
          expect(EventId).toEqual(ids);
          const byRank = Array.from(eighths.keys()).sort((a, b) => RankOrder[a]! - RankOrder[b]!);
          expect(byRank.map((event) => RankOrder[event])).toEqual(Array.from(eighths.keys(), (n) => n + 1));
          for (let n = 1; n < byRank.length; n++) {
            const [lower, higher] = [byRank[n - 1]!, byRank[n]!];
            expect(
              predictions[lower]! < predictions[higher]! ||
                (predictions[lower] === predictions[higher] && lower < higher),
            ).toBe(true);
          }
          expect(Array.from(Class)).toEqual(eighths.map((n) => (n >= cut ? 1 : 0)));
        },
      ),
    );
  });
});
