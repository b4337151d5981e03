/** Where OpenLineage events may go: into a file, a line each, or to an address that takes each by HTTP POST. */
import { appendFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fetchRefusal } from '../../core/diagnostics/network-errno.ts';
import { writeRefusal } from '../../core/diagnostics/system-refusal.ts';
import { UsageError } from '../../errors.ts';
import type { Carrier } from './delivery.ts';

/**
 * @param place an address or a file, which is emptied first
 * @throws UsageError for an address that says a password, and for a file that cannot be written
 */
export async function carrierTo(
  place: string,
  { directory, apiKey }: { readonly directory: string; readonly apiKey: string | undefined },
): Promise<Carrier> {
  if (/^https?:\/\//i.test(place)) return carrierToAddress(place, apiKey);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place))
    throw new UsageError(`OpenLineage events cannot be sent to ${place}; give an http or https address, or a file.`);
  const file = resolve(directory, place);
  try {
    await writeFile(file, '');
  } catch (cause) {
    throw new UsageError(`${place} cannot be written: ${writeRefusal(cause)}.`, { cause });
  }
  return { name: place, send: (line, signal) => appendLine(file, line, signal) };
}

async function appendLine(file: string, line: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await appendFile(file, `${line}\n`);
}

function carrierToAddress(place: string, apiKey: string | undefined): Carrier {
  if (!URL.canParse(place))
    throw new UsageError(`${place} is not an address; write for example http://host/api/v1/lineage.`);
  const url = new URL(place);
  // The command line is put on record, and a password with it.
  if (url.username !== '' || url.password !== '')
    throw new UsageError(
      `The address for OpenLineage events at ${url.host} has a user or a password; give a key in the variable OPENLINEAGE_API_KEY instead.`,
    );
  const headers = {
    'content-type': 'application/json',
    ...(apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  return {
    name: `${url.origin}${url.pathname}`,
    async send(body, signal) {
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' }).catch(
        (error: unknown) => {
          throw new Error(fetchRefusal(error, url.hostname).clause, { cause: error });
        },
      );
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
    },
  };
}
