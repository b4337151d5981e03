/**
 * Catches what any code of this process prints while restage draws on the terminal: it must not get into the drawing.
 */
import { Lines } from '../text/lines.ts';
import type { Terminal } from './terminal.ts';

/** Calls `take` with whole lines, until the returned function is called. */
export function divertOutput(
  { stdout, stderr, divertWrites }: Pick<Terminal, 'stdout' | 'stderr' | 'divertWrites'>,
  take: (lines: readonly string[]) => void,
): () => void {
  const release = [divert(stdout, take), divert(stderr, take), divertWarnings(take)];
  const own = new Lines(take);
  const undivertWrites = divertWrites((text) => own.add(text));
  return () => {
    undivertWrites();
    own.end();
    for (const undo of release) undo();
  };
}

function divert(stream: NodeJS.WriteStream, take: (lines: readonly string[]) => void): () => void {
  const original = stream.write.bind(stream);
  const caught = new Lines(take);
  stream.write = (chunk: Uint8Array | string, ...more: readonly unknown[]): boolean => {
    caught.add(chunk);
    const done = more.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    if (done !== undefined) queueMicrotask(done);
    return true;
  };
  return () => {
    stream.write = original;
    caught.end();
  };
}

/** Node writes its warnings past the streams. A process that hides warnings has no listener for them. */
function divertWarnings(take: (lines: readonly string[]) => void): () => void {
  const originals = process.listeners('warning');
  if (originals.length === 0) return () => undefined;
  const tell = (warning: Error & { readonly code?: string }): void => {
    const code = warning.code === undefined ? '' : `[${warning.code}] `;
    take([`(node:${process.pid}) ${code}${warning.name}: ${warning.message}`]);
  };
  for (const listener of originals) process.off('warning', listener);
  process.on('warning', tell);
  return () => {
    process.off('warning', tell);
    for (const listener of originals) process.on('warning', listener);
  };
}
