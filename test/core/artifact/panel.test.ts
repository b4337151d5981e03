import { describe, expect, test } from 'vitest';
import { panel } from '../../../src/core/artifact/codecs/panel.ts';
import { MOST_PANEL_VALUES, type Panel } from '../../../src/core/artifact/panel.ts';
import { DataError, DecodeError } from '../../../src/errors.ts';

const codec = panel();
const encoded = (value: unknown): Buffer => Buffer.concat(codec.encode(value as Panel, 'plot.roc'));
const refusal = (value: unknown): string => {
  try {
    encoded(value);
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
  return '';
};

const axes = { x: { label: 'step' }, y: { label: 'loss', scale: 'log', domain: [0.1, 1] } } as const;
const CHART: Panel = {
  title: 'Loss',
  text: 'By step.',
  ...axes,
  marks: [
    { mark: 'line', name: 'mean', x: [0, 1, 2], y: [1, null, 0.5], low: [0.9, null, 0.4], high: [1.1, null, 0.6] },
    { mark: 'dots', x: [0], y: [1] },
    { mark: 'histogram', edges: [0, 1, 2], heights: [3, 4] },
    { mark: 'rule', axis: 'x', at: 1.5, name: 'cut' },
  ],
};
const TABLE: Panel = {
  title: 'Yields',
  columns: ['process', 'events'],
  rows: [
    ['signal', 12.5],
    ['other', null],
  ],
};

describe('a panel', () => {
  test.each([CHART, TABLE])('is read as it was written: %j', (value) => {
    expect(codec.decode(encoded(value), 'plot.roc')).toEqual(value);
  });

  test('has the same bytes whatever the order of its members', () => {
    const { title, ...rest } = CHART;
    expect(encoded({ ...rest, title })).toEqual(encoded(CHART));
  });

  test.each([
    ['is not an object with a title', 'Loss'],
    ['has no title', { ...CHART, title: ' ' }],
    ['has no label of its y axis', { ...CHART, y: {} }],
    ['has a x axis whose scale is neither linear nor log', { ...CHART, x: { label: 'step', scale: 'sqrt' } }],
    ['has a x axis whose domain is not two ascending numbers', { ...CHART, x: { label: 'step', domain: [1, 1] } }],
    ['has a mark 0 that is neither line, dots, histogram nor rule', { ...CHART, marks: [{ mark: 'pie' }] }],
    ['has a mark 0 that has 1 values of y for 2 of x', { ...CHART, marks: [{ mark: 'line', x: [0, 1], y: [1] }] }],
    [
      'has a mark 0 that has y with something else than finite numbers and nulls',
      { ...CHART, marks: [{ mark: 'dots', x: [0], y: [Number.NaN] }] },
    ],
    [
      'has a mark 0 that has only one of low and high',
      { ...CHART, marks: [{ mark: 'line', x: [0], y: [1], low: [0] }] },
    ],
    [
      'has a mark 0 that does not have one edge more than heights',
      { ...CHART, marks: [{ mark: 'histogram', edges: [0], heights: [1] }] },
    ],
    [
      'has a mark 0 that has edges that do not ascend',
      { ...CHART, marks: [{ mark: 'histogram', edges: [1, 1], heights: [1] }] },
    ],
    ['has a row 0 that is not as long as the columns', { ...TABLE, rows: [['signal']] }],
    ['has neither marks nor columns', { title: 'Empty' }],
  ])('that %s is refused with the name of the output', (clause, value) => {
    expect(refusal(value)).toBe(`plot.roc ${clause}.`);
  });

  test('with more values than anybody can see is refused, with what to do', () => {
    const x = Array.from({ length: MOST_PANEL_VALUES }, (_, n) => n);
    expect(refusal({ ...CHART, marks: [{ mark: 'line', x, y: x }] })).toBe(
      'plot.roc has 100000 values, and a panel has 50000 at most; thin them, or count them in bins.',
    );
  });

  test('that is something else on disk is not decoded', () => {
    expect(() => codec.decode(Buffer.from('{"title":3}'), 'plot.roc')).toThrow(DecodeError);
    expect(() => codec.decode(Buffer.from('{'), 'plot.roc')).toThrow(/^plot\.roc is not JSON/);
  });
});
