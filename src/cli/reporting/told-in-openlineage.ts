/**
 * `run --openlineage`: OpenLineage hears of a run beside its reporter, and the run neither fails nor waits because of
 * that.
 */
import { carrierTo } from '../../export/openlineage/carriers.ts';
import { Delivery } from '../../export/openlineage/delivery.ts';
import { LiveLineage } from '../../export/openlineage/live.ts';
import type { RunReport, RunRequest } from '../../run/request.ts';
import type { RunEvent } from '../../events.ts';
import type { Call } from '../arguments/verb.ts';

type Heard = RunRequest & { readonly onEvent: (event: RunEvent) => void };
/** @template R a report; undefined where no run was wanted */
type Told = <R extends RunReport | undefined>(request: Heard, start: (request: Heard) => Promise<R>) => Promise<R>;

/** @param place an address or a file. @throws UsageError if it can take no events, before anything runs */
export async function toldInOpenLineage({ io }: Call, place: string, cacheDirectory: string): Promise<Told> {
  const carrier = await carrierTo(place, { directory: io.cwd, apiKey: io.env['OPENLINEAGE_API_KEY'] });
  return async (request, start) => {
    const notice = (text: string): void => request.onEvent({ type: 'notice', at: Date.now(), text });
    const lineage = new LiveLineage(cacheDirectory, new Delivery(carrier, notice));
    const onEvent = (event: RunEvent): void => {
      request.onEvent(event);
      lineage.tell(event);
    };
    try {
      return await start({ ...request, onEvent });
    } finally {
      const { told, lost } = await lineage.close();
      if (lost > 0) notice(`${lost} of ${told} OpenLineage events did not reach ${carrier.name}.`);
    }
  };
}
