/**
 * Tells on the error output how far a push or a pull is: when something begins, and now and then until it has ended.
 */
import type { Transferred } from '../../remote/progress.ts';
import { formatBytes, plural } from '../../ui/text/format.ts';
import type { Io } from '../io/io.ts';
import { complain } from '../output/lines.ts';

const EVERY_MS = 2000;

export function transferLines(io: Io, now: () => number = Date.now): (progress: Transferred) => void {
  let name: string | undefined;
  let toldAt = 0;
  return (progress) => {
    const { objects, bytes, done } = progress;
    const isNew = progress.name !== name;
    if (isNew) [name, toldAt] = [progress.name, now()];
    if (objects === 0 || (!isNew && now() - toldAt < EVERY_MS)) return;
    toldAt = now();
    const size = `${plural(objects, 'object')}, ${formatBytes(bytes)}`;
    const so = done.objects === 0 ? size : `${done.objects} of ${size} (${Math.floor((100 * done.bytes) / bytes)} %)`;
    complain(io, `${progress.name}: ${so}`);
  };
}
