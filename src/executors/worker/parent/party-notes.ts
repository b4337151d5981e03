/** What the logs of attempts that went together say of that: with whom, and whose the time was. */
import type { ExecutorEvent, Task } from '../../contract.ts';

type Log = Extract<ExecutorEvent, { readonly type: 'log' }>;

/** The most names in a sentence. */
const NAMED = 8;

export function beginningOfParty({ id, devices }: Task, tasks: readonly Task[], at: number): Log {
  const others = tasks.filter((task) => task.id !== id).map(({ node }) => node);
  const names = others.slice(0, NAMED).join(', ');
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  const where = devices.length === 0 ? '' : ` on ${devices.join('+')}`;
  const many = others.length === 1 ? 'another node' : `${others.length} other nodes`;
  return note(id, at, `It goes together with ${many}${where}, as one program: ${names}${more}.`);
}

export function endOfParty({
  task,
  usage: { seconds = 0, startedAt, endedAt },
}: Extract<ExecutorEvent, { readonly type: 'succeeded' | 'failed' }>): Log {
  const took = ((endedAt - startedAt) / 1000).toFixed(1);
  return note(
    task,
    endedAt,
    `Its share of these ${took} s, in which others went on as well, is ${seconds.toFixed(1)} s.`,
  );
}

function note(task: string, at: number, text: string): Log {
  return { type: 'log', task, at, stream: 'stderr', text: `[restage] ${text}` };
}
