/** The processes that a process has started, from /proc where there is one: slim images have no `ps`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Ids of those that are running now. */
export function childProcesses(parent: number): readonly number[] {
  return (existsSync('/proc/self/stat') ? fromProc() : fromPs()).flatMap(([pid, ppid]) =>
    ppid === parent ? [pid] : [],
  );
}

type Process = readonly [pid: number, parent: number];

function fromProc(): readonly Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // `pid (name) state parent ...`, where the name may hold blanks and parentheses.
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

function fromPs(): readonly Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = '', parent = ''] = line.trim().split(/\s+/);
    return [Number(pid), Number(parent)];
  });
}
