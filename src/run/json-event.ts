/** Events of a run as JSON has them, and back: a metric may be a number that JSON cannot hold. */
import { type JsonNumber, jsonNumber, numberOf } from '../core/numeric/json-number.ts';
import type { NodeMetric, RunEvent } from '../events.ts';

export type JsonEvent = Exclude<RunEvent, NodeMetric> | (Omit<NodeMetric, 'value'> & { readonly value: JsonNumber });

export function jsonEvent(event: RunEvent): JsonEvent {
  return event.type === 'node-metric' ? { ...event, value: jsonNumber(event.value) } : event;
}

export function eventOf(event: JsonEvent): RunEvent {
  return event.type === 'node-metric' ? { ...event, value: numberOf(event.value) } : event;
}
