import { describe, expect, test } from 'vitest';
import { causesOf, type EditedFile, type NodeToRun } from '../../../src/run/watch/causes.ts';
import { plannedLines, waitingLine } from '../../../src/ui/summary/watch-lines.ts';

const edited = (file: string, how: EditedFile['how'] = 'changed'): EditedFile => ({ file, how });
const node = (name: string, files: readonly string[], more: Partial<NodeToRun> = {}): NodeToRun => ({
  node: name,
  reason: 'code changed',
  files,
  isLeft: false,
  ...more,
});
const linesOf = (files: readonly EditedFile[], nodes: readonly NodeToRun[], pending = 0, runs = true) =>
  plannedLines({
    type: 'watch-planned',
    at: 0,
    edited: files,
    causes: causesOf(files, nodes),
    pending,
    runs,
    seconds: 0.1,
  });

describe('what an edit leads to', () => {
  test('has a line a cause, with the nodes that are made from the file', () => {
    const nodes = [node('a', ['scoring.ts']), node('b', ['scoring.ts', 'data.csv'], { reason: 'in.data changed' })];
    expect(linesOf([edited('data.csv'), edited('scoring.ts')], nodes)).toEqual([
      'data.csv changed: 1 node (in.data changed)',
      'scoring.ts changed: 2 nodes (code changed; in.data changed)',
    ]);
  });

  test('is what no node is made from where the parameters or the wiring changed, with the reasons', () => {
    const nodes = [
      node('a', ['stages.ts'], { reason: 'param.rate 0.1 -> 0.2' }),
      node('b', [], { reason: 'first run' }),
    ];
    expect(linesOf([edited('params.yaml')], nodes, 3)).toEqual([
      'params.yaml changed: 2 nodes (param.rate 0.1 -> 0.2; first run)',
      'after these: 3 nodes, if their inputs change',
    ]);
  });

  test('includes a file in a folder that a stage declares to read', () => {
    expect(linesOf([edited('tables/a.csv', 'removed')], [node('a', ['tables'], { reason: 'reads changed' })])).toEqual([
      'tables/a.csv is gone: 1 node (reads changed)',
    ]);
  });

  test('does not blame the edit for what an earlier round did not finish', () => {
    const nodes = [node('a', ['a.ts'], { isLeft: true }), node('b', ['b.ts'])];
    expect(linesOf([edited('b.ts')], nodes)).toEqual(['b.ts changed: 1 node', 'not finished before: 1 node']);
  });

  test('may be nothing, or only states that are in the cache', () => {
    expect(linesOf([edited('a.ts')], [], 0, false)).toEqual(['a.ts changed: nothing to run']);
    expect(linesOf([edited('a.ts')], [])).toEqual(['a.ts changed: every state is in the cache']);
  });

  test('names three files at the most', () => {
    const files = ['a', 'b', 'c', 'd', 'e'].map((name) => edited(name, 'added'));
    expect(linesOf(files, [], 0, false)).toEqual(['a is new, b is new, c is new and 2 more: nothing to run']);
  });

  test('is waited for, by the clock where the system tells nothing', () => {
    const waiting = { type: 'watch-waiting', at: 0, files: 1, from: 'polling', why: '/data is on NFS' } as const;
    expect(waitingLine(waiting)).toBe('watching 1 file, twice a second (/data is on NFS); Ctrl-C ends');
    expect(waitingLine({ ...waiting, files: 2, from: 'events', why: null })).toBe('watching 2 files; Ctrl-C ends');
  });
});
