/**
 * The worker's end of the pipes to its parent. Writing waits until the parent has room: a stage that tells more than
 * can be recorded is slowed down, and neither process keeps what is not written yet. What was written is not lost when
 * the process ends at once.
 */
import fs from 'node:fs';
import { Socket } from 'node:net';
import type { AttemptEvent } from '../../attempt/outcome.ts';
import { FrameReader, frameOf, textFrameOf } from '../../frames.ts';
import { type FromWorker, PIPES, type ToWorker } from '../protocol.ts';

export function sendToParent(message: FromWorker): void {
  const bytes = message.type === 'event' && isJson(message.event) ? textFrameOf(message) : frameOf(message);
  for (let at = 0; at < bytes.byteLength;) {
    try {
      at += write(PIPES.fromWorker, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The parent is gone, and the process ends as soon as it notices.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN' && code !== 'EINTR') throw error;
      Atomics.wait(NEVER, 0, 0, 1);
    }
  }
}

/** A loop may tell a million of these, so they go the faster way where that loses nothing. */
function isJson(event: AttemptEvent): boolean {
  return event.type === 'log' || (event.type === 'metric' && Number.isFinite(event.value) && event.value !== 0);
}

/** Calls `take` for every message of the parent, and `end` when the parent is gone. */
export function listenToParent(take: (message: ToWorker) => void, end: () => void): void {
  // What the parent writes is trusted, whatever its length.
  const reader = new FrameReader(Number.POSITIVE_INFINITY);
  new Socket({ fd: PIPES.toWorker, readable: true, writable: false })
    .on('data', (piece: Buffer) => {
      for (const message of reader.add(piece)) take(message as ToWorker);
    })
    .on('error', end)
    .on('close', end);
}

/**
 * Whether both pipes are those that the worker was started with: a stage may close a descriptor, and whatever is opened
 * next gets its number.
 */
export function hasItsPipes(): boolean {
  return identityOf(PIPES.fromWorker) === AT_START.fromWorker && identityOf(PIPES.toWorker) === AT_START.toWorker;
}

function identityOf(descriptor: number): string | undefined {
  try {
    const { dev, ino } = fs.fstatSync(descriptor);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

const AT_START = { fromWorker: identityOf(PIPES.fromWorker), toWorker: identityOf(PIPES.toWorker) };

/** As it was when the worker started: a stage may replace it. */
const write = fs.writeSync;

/** Nobody changes it: a wait for it is a pause. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));
