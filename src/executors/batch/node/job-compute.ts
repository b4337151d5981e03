/**
 * What this job's host computes with, compared with the keys of its tasks. A task that would get another state than its
 * key says does not begin: its attempt is lost, since another host may be the right one.
 */
import { hashFile } from '../../../store/files/hash-file.ts';
import type { BackendIdentity } from '../../../core/identity/backend-identity.ts';
import type { DeviceProbe } from '../../../identity/compute/devices.ts';
import type { HostAnswer } from '../../../identity/compute/host-compute.ts';
import type { ComputeMisfit } from '../../../identity/compute/misfit.ts';
import { endedWithout, failure } from '../../attempt/failure.ts';
import type { Task } from '../../contract.ts';
import type { LastEvent } from '../units/unit.ts';
import { hostName } from './host-name.ts';

export type Fitting =
  | { readonly type: 'fits'; readonly devices: readonly string[] }
  /** The end of the task. */
  | { readonly type: 'refused'; readonly end: LastEvent };

export class JobCompute {
  readonly #projectRoot: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #probe: DeviceProbe | undefined;
  /** By what is looked for: a host is asked once. */
  readonly #answers = new Map<string, Promise<HostAnswer>>();

  /** @param probe of this host; default: asks its drivers */
  constructor(projectRoot: string, env: NodeJS.ProcessEnv, probe?: DeviceProbe) {
    this.#projectRoot = projectRoot;
    this.#env = env;
    this.#probe = probe;
  }

  async fit(task: Task): Promise<Fitting> {
    const { computes } = task;
    const given = task.resources?.needs.gpus ?? 0;
    if (computes === undefined) return { type: 'fits', devices: this.#visible(given) };
    const answer = await this.#answer(computes, given);
    if (answer.type === 'other') return { type: 'refused', end: refused(task, answer.misfit, hostName(this.#env)) };
    return { type: 'fits', devices: computes.device === 'cpu' ? this.#visible(given) : answer.devices };
  }

  #answer(computes: BackendIdentity, given: number): Promise<HostAnswer> {
    const key = JSON.stringify([computes, given]);
    let answer = this.#answers.get(key);
    if (answer === undefined) this.#answers.set(key, (answer = this.#ask(computes, given)));
    return answer;
  }

  async #ask(computes: BackendIdentity, given: number): Promise<HostAnswer> {
    // Loaded here: most jobs compute nothing.
    const { computeHere } = await import('../../../identity/compute/host-compute.ts');
    const { givenDevices } = await import('../../../identity/compute/given-devices.ts');
    const { machineDevices } = await import('../../../identity/compute/machine-devices.ts');
    const probe = givenDevices(this.#probe ?? machineDevices, given, this.#env['CUDA_VISIBLE_DEVICES']);
    return computeHere(computes, { projectRoot: this.#projectRoot, digestOf: hashFile, probe });
  }

  /** The devices that the batch system has given to this job, for a task that asked for some and computes on none. */
  #visible(given: number): readonly string[] {
    if (given === 0) return [];
    const visible = this.#env['CUDA_VISIBLE_DEVICES'] ?? '';
    // By numbers or, as HTCondor does, by (beginnings of) UUIDs.
    return visible.split(',').flatMap((id) => (/^(?:\d+|(?:GPU|MIG)-[\w-]+)$/.test(id) ? [`gpu:${id}`] : []));
  }
}

function refused(task: Task, { has, wants, advice }: ComputeMisfit, host: string): LastEvent {
  const { node, computes } = task;
  const told = `Node ${node} computes with ${computes!.name}, and its key names ${wants}, but ${host} has ${has}; ${advice}.`;
  return { ...endedWithout(task, failure('lost', told), Date.now()), ofHost: host };
}
