/**
 * A disk that refuses: system calls of Node on paths that match a pattern fail with an error of the system. The calls
 * of the code under test are the real ones; only what the system answers is set.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Which call fails: of `node:fs` those that open, write, make, link, rename or remove, and the `sync` of a file handle.
 */
export type DiskCall = 'open' | 'write' | 'mkdir' | 'link' | 'rename' | 'unlink' | 'fsync' | 'read';

type Calls = Record<string, (...args: never[]) => unknown>;

/** The disk refuses `call` on paths that match, until what is returned is called. */
export function refuse(call: DiskCall, code: string, matches: RegExp): () => void {
  const module = fs as unknown as Calls;
  const before = new Map<string, Calls[string]>();
  const files = new Map<number, string>();
  const refused = (path: string): never => {
    throw Object.assign(new Error(`${code}: refused, ${call} '${path}'`), { code, syscall: call, errno: -1, path });
  };
  const replace = (
    name: string,
    make: (real: (...args: unknown[]) => unknown) => (...args: unknown[]) => unknown,
  ): void => {
    const real = module[name]!;
    before.set(name, real);
    module[name] = make(real as (...args: unknown[]) => unknown);
  };
  const byPath = (name: string, only: (...args: unknown[]) => boolean = () => true): void =>
    replace(name, (real) => (...args) => {
      const path = String(args[0]);
      return matches.test(path) && only(...args) ? refused(path) : real(...args);
    });
  const byFile = (name: string): void =>
    replace(name, (real) => (...args) => {
      const path = files.get(args[0] as number);
      return path === undefined ? real(...args) : refused(path);
    });
  if (call === 'open') byPath('openSync', (_path, flags) => flags !== 'r');
  else
    replace('openSync', (real) => (...args) => {
      const file = real(...args) as number;
      if (matches.test(String(args[0]))) files.set(file, String(args[0]));
      else files.delete(file);
      return file;
    });
  if (call === 'write') {
    byFile('writeSync');
    byPath('writeFileSync');
  }
  if (call === 'read') byFile('readSync');
  if (call === 'mkdir') byPath('mkdirSync');
  if (call === 'link') byPath('linkSync');
  if (call === 'rename') byPath('renameSync');
  if (call === 'unlink') byPath('unlinkSync');
  if (call === 'fsync') {
    const promises = fs.promises as unknown as Calls;
    const open = promises['open']!;
    before.set('promises.open', open);
    promises['open'] = async (...args: unknown[]) => {
      const handle = (await (open as (...args: unknown[]) => Promise<object>)(...args)) as Calls;
      if (matches.test(String(args[0]))) handle['sync'] = () => Promise.resolve().then(() => refused(String(args[0])));
      return handle;
    };
  }
  syncBuiltinESMExports();
  return () => {
    for (const [name, real] of before) {
      if (name === 'promises.open') (fs.promises as unknown as Calls)['open'] = real;
      else module[name] = real;
    }
    syncBuiltinESMExports();
  };
}
