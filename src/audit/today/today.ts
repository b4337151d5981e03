/**
 * Whether what a past result depends on is the same today, has changed, or is gone. Nothing here fails: what cannot be
 * looked at is unknown, and a note says why.
 */
import { gitState } from '../../identity/environment/environment.ts';
import type { Cache } from '../../store/cache.ts';
import { backendsToday } from './backend-today.ts';
import { codeToday } from './code-today.ts';
import { filesToday, readsToday } from './files-today.ts';
import { parametersToday } from './parameters-today.ts';
import { runtimeToday, variablesToday } from './process-today.ts';
import type { Past, Today, TodaysPlace } from './today-facts.ts';

export async function today(cache: Cache, past: Past, place: TodaysPlace): Promise<Today> {
  const git = place.root === undefined ? null : gitState(place.root);
  const facts = [
    ...(await filesToday(cache, past.files)),
    ...(await readsToday(cache, past.reads, place)),
    ...(await codeToday(cache, past.codes, place)),
    ...(past.run === undefined ? [] : await parametersToday(cache, past.run, place)),
    ...variablesToday(past.variables, cache.directory),
    ...(await backendsToday(cache, past.backends, place)),
    ...runtimeToday(past.runtimes),
  ];
  return { facts, git: await git };
}
