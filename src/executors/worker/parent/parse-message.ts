/**
 * Messages of a worker, parsed: whatever arrives becomes a new message of the protocol, or an error. A worker
 * executes code of strangers, and anything may be written to its pipe.
 */
import { ACCESS_KINDS, type Access } from '../../../core/authoring/access.ts';
import { INLINE_LIMIT } from '../../../store/objects/object-store.ts';
import type { Output } from '../../../core/artifact/artifact.ts';
import { LONGEST_METRIC_NAME } from '../../../core/diagnostics/limits.ts';
import { isDigest, sha256 } from '../../../core/identity/digest.ts';
import type { Failure } from '../../../events.ts';
import type { BackendUsed, Usage } from '../../contract.ts';
import type { AttemptEvent, Outcome } from '../../attempt/outcome.ts';
import type { FromWorker } from '../protocol.ts';

type Members = Readonly<Record<string, unknown>>;

/** @throws Error with a clause that says what is wrong */
export function parseMessage(value: unknown): FromWorker {
  const message = members(value, 'the message');
  const { type } = message;
  if (typeof type !== 'string' || !Object.hasOwn(PARSERS, type)) throw wrong('its type', type);
  const parse = PARSERS[type as FromWorker['type']] as (of: Members) => FromWorker;
  return parse(message);
}

const PARSERS: { readonly [T in FromWorker['type']]: (of: Members) => Extract<FromWorker, { readonly type: T }> } = {
  ready: () => ({ type: 'ready' }),
  retire: () => ({ type: 'retire' }),
  heartbeat: ({ cpuSeconds, peakBytes }) => ({
    type: 'heartbeat',
    cpuSeconds: amount(cpuSeconds, 'cpuSeconds'),
    peakBytes: orNull(amount)(peakBytes, 'peakBytes'),
  }),
  event: ({ event }) => ({ type: 'event', event: attemptEvent(members(event, 'event')) }),
  ended: ({ task, outcome, usage, reusable }) => ({
    type: 'ended',
    task: text(task, 'task'),
    outcome: outcomeIn(members(outcome, 'outcome')),
    usage: usageIn(members(usage, 'usage')),
    reusable: flag(reusable, 'reusable'),
  }),
};

function attemptEvent({ type, task, at, ...rest }: Members): AttemptEvent {
  const common = { task: text(task, 'task'), at: whole(at, 'at') };
  switch (type as AttemptEvent['type']) {
    case 'log':
      return {
        type: 'log',
        ...common,
        stream: oneOf(STREAMS, rest['stream'], 'stream'),
        text: text(rest['text'], 'text'),
      };
    case 'metric': {
      const name = text(rest['name'], 'name');
      if (name.length > LONGEST_METRIC_NAME) throw wrong('the length of name', name.length);
      const step = orNull(whole)(rest['step'], 'step');
      return { type: 'metric', ...common, name, value: number(rest['value'], 'value'), step };
    }
    case 'progress': {
      const note = orNull(text)(rest['note'], 'note');
      return {
        type: 'progress',
        ...common,
        done: finite(rest['done'], 'done'),
        total: finite(rest['total'], 'total'),
        note,
      };
    }
    case 'undeclared':
      return {
        type: 'undeclared',
        ...common,
        access: accessIn(members(rest['access'], 'access')),
        sentence: text(rest['sentence'], 'sentence'),
      };
    default:
      throw wrong("the event's type", type);
  }
}

function outcomeIn({ type, outputs, backend, accesses, failure, ofCache, ofParty }: Members): Outcome {
  if (type === 'succeeded')
    return {
      type,
      outputs: outputsIn(outputs),
      backend: orNull(backendIn)(backend, 'backend'),
      accesses: accessesIn(accesses),
    };
  if (type === 'failed')
    return {
      type,
      failure: failureIn(members(failure, 'failure')),
      ofCache: flag(ofCache, 'ofCache'),
      ofParty: flag(ofParty, 'ofParty'),
    };
  throw wrong("the outcome's type", type);
}

function accessesIn(value: unknown): readonly Access[] {
  if (!Array.isArray(value) || value.length > MOST_ACCESSES) throw wrong('accesses', value);
  return value.map((each: unknown) => accessIn(members(each, 'an access')));
}

function accessIn({ kind, detail, call, place, declared, count }: Members): Access {
  return {
    kind: oneOf(ACCESS_KINDS, kind, 'kind'),
    detail: text(detail, 'detail'),
    call: text(call, 'call'),
    place: orNull(text)(place, 'place'),
    declared: flag(declared, 'declared'),
    count: amount(count, 'count'),
  };
}

function outputsIn(value: unknown): readonly Output[] {
  if (!Array.isArray(value)) throw wrong('outputs', value);
  const outputs = value.map((each: unknown) => outputIn(members(each, 'an output')));
  if (new Set(outputs.map(({ name }) => name)).size < outputs.length) throw new Error('an output is there twice');
  return outputs;
}

function outputIn({ name, kind, digest, bytes, inline }: Members): Output {
  if (typeof digest !== 'string' || !isDigest(digest)) throw wrong('the digest of an output', digest);
  const output = { name: text(name, 'name'), kind: text(kind, 'kind'), digest, bytes: amount(bytes, 'bytes') };
  if (inline === null) return { ...output, inline };
  if (!(inline instanceof Uint8Array)) throw wrong('inline', inline);
  if (inline.byteLength !== output.bytes || inline.byteLength > INLINE_LIMIT)
    throw wrong('the length of inline', inline.byteLength);
  if (sha256(inline) !== digest) throw new Error('the bytes of an output are not those of its digest');
  // A copy: the bytes are part of a larger buffer, which they would keep.
  return { ...output, inline: new Uint8Array(inline) };
}

function failureIn({ class: kind, message, stack, exitCode, signal }: Members): Failure {
  return {
    class: oneOf(FAILURE_CLASSES, kind, 'class'),
    message: text(message, 'message'),
    stack: orNull(text)(stack, 'stack'),
    exitCode: orNull(whole)(exitCode, 'exitCode'),
    signal: orNull(text)(signal, 'signal'),
  };
}

function backendIn(value: unknown, what: string): BackendUsed {
  const { name, version, device } = members(value, what);
  return { name: text(name, 'name'), version: text(version, 'version'), device: text(device, 'device') };
}

function usageIn({ startedAt, endedAt, cpuSeconds, peakBytes }: Members): Usage {
  return {
    startedAt: whole(startedAt, 'startedAt'),
    endedAt: whole(endedAt, 'endedAt'),
    cpuSeconds: orNull(amount)(cpuSeconds, 'cpuSeconds'),
    peakBytes: orNull(amount)(peakBytes, 'peakBytes'),
  };
}

/** A worker sends at most 21 of each kind. */
const MOST_ACCESSES = 1000;
const STREAMS = ['log', 'stdout', 'stderr'] as const;
const FAILURE_CLASSES = [
  'error',
  'crash',
  'oom',
  'timeout',
  'cancelled',
  'lost',
] as const satisfies readonly Failure['class'][];

function members(value: unknown, what: string): Members {
  if (typeof value !== 'object' || value === null) throw wrong(what, value);
  return value as Members;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw wrong(what, value);
  return value;
}

function flag(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw wrong(what, value);
  return value;
}

function number(value: unknown, what: string): number {
  if (typeof value !== 'number') throw wrong(what, value);
  return value;
}

function finite(value: unknown, what: string): number {
  if (!Number.isFinite(value)) throw wrong(what, value);
  return value as number;
}

function amount(value: unknown, what: string): number {
  const checked = finite(value, what);
  if (checked < 0) throw wrong(what, value);
  return checked;
}

function whole(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value)) throw wrong(what, value);
  return value as number;
}

function oneOf<T extends string>(known: readonly T[], value: unknown, what: string): T {
  if (!known.includes(value as T)) throw wrong(what, value);
  return value as T;
}

function orNull<T>(parse: (value: unknown, what: string) => T): (value: unknown, what: string) => T | null {
  return (value, what) => (value === null ? null : parse(value, what));
}

function wrong(what: string, found: unknown): Error {
  const shown =
    typeof found === 'string'
      ? JSON.stringify(found.slice(0, 40))
      : typeof found === 'number'
        ? found
        : found === null
          ? 'null'
          : typeof found;
  return new Error(`${what} is ${shown}`);
}
