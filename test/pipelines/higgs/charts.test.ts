import type { ChartPanel, LineMark } from 'restage';
import { describe, expect, test } from 'vitest';
import { ams } from '../../../pipelines/higgs/judging/ams.ts';
import { amsPanel, type JudgedSet, predictionsPanel, rocPanel } from '../../../pipelines/higgs/judging/charts.ts';
import { amsAtCut } from '../../../pipelines/higgs/judging/cut.ts';
import { rocAuc } from '../../../src/ml/index.ts';
import { panelFlaw } from '../../../src/core/artifact/panel.ts';
import { streams } from '../streams.ts';

const EVENTS = 600;
const random = streams(7)('events');
const targets = Uint8Array.from({ length: EVENTS }, () => random.integer(2));
const predictions = Float64Array.from(targets, (target) => {
  const value = 0.3 * target + 0.7 * random.uniform();
  // Some are equal.
  return Math.round(200 * value) / 200;
});
const weights = Float64Array.from({ length: EVENTS }, () => 0.5 + random.uniform());
const SET: JudgedSet = { name: 'validation', judged: { predictions, targets, weights }, wholeSetEvents: 6000 };

const line = ({ marks }: ChartPanel): LineMark => marks.find(({ mark }) => mark === 'line') as LineMark;
const area = ({ x, y }: LineMark): number =>
  x.slice(1).reduce((sum, at, n) => sum + ((at - x[n]!) * (y[n]! + y[n + 1]!)) / 2, 0);

describe('the charts of the analysis', () => {
  test('are panels', () => {
    const cut = { cut: 0.8, least: 0.5, backgroundRegulariser: 10 };
    for (const panel of [rocPanel([SET]), amsPanel([SET], cut), predictionsPanel(SET, 0.8)])
      expect(panelFlaw(panel)).toBeUndefined();
  });

  test('have the ROC curve from one corner to the other, with the area that the score has', () => {
    const curve = line(rocPanel([SET]));
    expect([curve.x[0], curve.y[0]]).toEqual([0, 0]);
    expect(curve.x.at(-1)).toBeCloseTo(1, 12);
    expect(curve.y.at(-1)).toBeCloseTo(1, 12);
    expect(curve.x.length).toBeLessThan(EVENTS);
    expect(Math.abs(area(curve) - rocAuc(predictions, targets, weights))).toBeLessThan(0.005);
  });

  test('have at each cut the AMS of the events predicted there or above, and a gap where it is not defined', () => {
    const { x, y } = line(amsPanel([SET], { cut: 0.8, least: 0.5, backgroundRegulariser: 10 }));
    expect([x[0], x.length]).toEqual([0.5, 300]);
    for (const [n, cut] of x.entries()) {
      const expected = amsAtCut(predictions, targets, weights, { cut, weightFactor: 10, backgroundRegulariser: 10 });
      if (expected === -1) expect(y[n]).toBeNull();
      else expect(y[n]).toBeCloseTo(expected, 9);
    }
    expect(y.at(-1)).toBeNull();
    expect(ams(0, 0)).toBe(-1);
  });

  test('have the predictions of each class with an area of 1, and a class without events as nothing', () => {
    const heights = (set: JudgedSet): readonly number[] =>
      predictionsPanel(set, 0.8).marks.flatMap((mark) =>
        mark.mark === 'histogram' ? [mark.heights.reduce((sum, height) => sum + height / mark.heights.length, 0)] : [],
      );
    for (const sum of heights(SET)) expect(sum).toBeCloseTo(1, 12);
    const background = { ...SET, judged: { ...SET.judged, targets: new Uint8Array(EVENTS) } };
    expect(heights(background)[1]).toBe(0);
  });
});
