/** Frames of the terminal view, drawn from events. */
import type { RunEvent } from '../../../src/events.ts';
import { drawFrame } from '../../../src/ui/ink/frame.ts';
import type { FrameInput } from '../../../src/ui/ink/frame-input.ts';
import { type Key, type Place, press, START } from '../../../src/ui/ink/navigation.ts';
import { RunModel } from '../../../src/ui/model/run-model.ts';
import { type Line } from '../../../src/ui/text/view-line.ts';
import { at, nodeStarted, runStarted } from '../../helpers/run-events.ts';

export function modelOf(events: readonly RunEvent[]): RunModel {
  const model = new RunModel();
  for (const event of events) model.apply(event);
  return model;
}

export function after(model: RunModel, pressed: readonly Key[]): Place {
  return pressed.reduce<Place>((place, key) => press(place, key, model, 10).place, START);
}

export function frame(model: RunModel, more: Partial<FrameInput> = {}): readonly Line[] {
  return drawFrame({
    model,
    place: START,
    size: { columns: 80, rows: 24 },
    now: model.at,
    memory: { bytes: 3 * 2 ** 28, total: 2 ** 32 },
    command: 'restage run toy',
    logCommand: (node) => `restage log ${node}`,
    keys: 'control',
    isStopping: false,
    directory: '/project',
    ...more,
  });
}

export function text(lines: readonly Line[]): string {
  return lines.map((line) => line.map((part) => part.text).join('')).join('\n');
}

/** A run with a hit, two nodes to come, and one that runs. */
export const EVENTS: readonly RunEvent[] = [
  runStarted({ 'toy/read': 1, 'toy/fit': 3, 'toy/score': 1 }),
  { type: 'node-hit', ...at('read', 10), how: 'hit', state: 'ab'.repeat(32) },
  { type: 'node-queued', ...at('fit@k=0', 10), reason: 'param.rate 1 -> 2' },
  { type: 'node-queued', ...at('fit@k=1', 10), reason: 'param.rate 1 -> 2' },
  nodeStarted('fit@k=0', 20, { params: { rate: 2, net: { depth: 6 } } }),
  { type: 'node-metric', ...at('fit@k=0', 4000), name: 'loss', value: 0.75, step: 3 },
  { type: 'node-metric', ...at('fit@k=0', 5000), name: 'loss', value: 0.5, step: 4 },
  { type: 'node-progress', ...at('fit@k=0', 5000), done: 5, total: 20, note: 'well' },
  { type: 'node-log', ...at('fit@k=0', 5000), stream: 'log', text: 'hello from fit' },
];
