/**
 * Where in the author's sources a failure happened: the file and line of the first stack frame that is the author's.
 */
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Failure } from '../../events.ts';

/** A frame of a stack trace, without its indent: `at fit (/project/stages.ts:12:5)`. */
const FRAME = /^at (?:(.*) \()?((?:file:\/\/)?\/?[^()]*?):(\d+):(\d+)\)?$/;

/** The frames of the stack, without the message; the paths are relative to `directory` where they are below it. */
export function stackFrames(failure: Failure, directory: string): readonly string[] {
  return stackLines(failure, directory).filter(isFrame);
}

/** All behind the first line of the message: its other lines, the frames, and the same of the errors that caused it. */
export function stackLines({ stack }: Failure, directory: string): readonly string[] {
  const [, ...lines] = (stack ?? '').trimEnd().split('\n');
  return lines.map((given) => {
    const line = given.trim();
    if (!isFrame(line)) return given;
    const [, name, file, row, column] = FRAME.exec(line) ?? [];
    if (file === undefined) return line;
    const place = `${shortPath(file, directory)}:${row}:${column}`;
    return name === undefined ? `at ${place}` : `at ${name} (${place})`;
  });
}

function isFrame(line: string): boolean {
  return line.startsWith('at ');
}

/** `stages.ts:12`, relative to `directory` where it is below it; null if no frame is the author's. */
export function failurePlace({ stack }: Failure, directory: string): string | null {
  for (const line of (stack ?? '').split('\n')) {
    const [, , file, row] = FRAME.exec(line.trim()) ?? [];
    if (file === undefined || /^node:|[\\/]node_modules[\\/]|^<?anonymous>?$/.test(file)) continue;
    return `${shortPath(file, directory)}:${row}`;
  }
  return null;
}

function shortPath(file: string, directory: string): string {
  const path = file.startsWith('file://') ? fileURLToPath(file) : file;
  if (!isAbsolute(path)) return path;
  const short = relative(directory, path);
  return short === '' || short.startsWith('..') ? path : short;
}
