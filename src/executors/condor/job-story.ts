/**
 * What became of a job, from the events of its log. A job of ours is started once: what ends its first execution ends
 * it, also where HTCondor would start it again. An eviction is told before its reason, so that a removal or a hold
 * after it says more.
 */
import type { JobEnd, JobState, ObservedJob } from '../batch/contract.ts';
import { endOfHold, endOfRemoval, isOwnRemoval } from './hold-reasons.ts';
import type { LogEvent } from './event-log.ts';

export class JobStory {
  #job: string | undefined;
  #state: JobState = { state: 'waiting', why: null };
  #host: string | undefined;
  /** Whether the reason of its end may follow. */
  #isEvicted = false;

  /** Undefined as long as nothing was told. */
  get job(): ObservedJob | undefined {
    return this.#job === undefined ? undefined : { job: this.#job, ...this.#state };
  }

  hear(event: LogEvent): void {
    this.#job ??= event.job;
    if (this.#state.state === 'ended' && !this.#isEvicted) return;
    switch (event.code) {
      case EXECUTE:
        if (this.#host === undefined) this.#run((this.#host = hostOf(event)));
        break;
      case DISCONNECTED:
        if (this.#isRunning) this.#run(`${this.#host}, which is out of reach`);
        break;
      case RECONNECTED:
        if (this.#isRunning) this.#run(this.#host!);
        break;
      case TERMINATED:
        if (!this.#isEvicted) this.#end(/return value 0\)/.test(firstOf(event)) ? 'completed' : 'failed', event);
        break;
      case EXECUTABLE_ERROR:
        this.#end('not-started', event);
        break;
      case EVICTED:
        this.#stop('preempted', event);
        break;
      case SHADOW_EXCEPTION:
      case RECONNECT_FAILED:
        this.#stop('host-lost', event);
        break;
      case ABORTED:
        this.#removed(event);
        break;
      case HELD:
        this.#held(event);
        break;
      case RELEASED:
        if (this.#state.state === 'waiting') this.#state = { state: 'waiting', why: null };
    }
  }

  get #isRunning(): boolean {
    return this.#state.state === 'running';
  }

  #run(host: string): void {
    this.#state = { state: 'running', host };
  }

  #end(end: JobEnd, event: LogEvent): void {
    this.#state = { state: 'ended', end, host: this.#host ?? null, said: saidOf(event) };
    this.#isEvicted = false;
  }

  /** It has left its host. One that no host has started goes on waiting, for another one. */
  #stop(end: 'preempted' | 'host-lost', event: LogEvent): void {
    if (this.#state.state === 'ended') return;
    if (this.#host === undefined) {
      this.#state = { state: 'waiting', why: saidOf(event) };
      return;
    }
    this.#end(end, event);
    this.#isEvicted = end === 'preempted';
  }

  #removed(event: LogEvent): void {
    const reason = firstOf(event);
    if (isOwnRemoval(reason) && this.#isEvicted) this.#isEvicted = false;
    else this.#end(endOfRemoval(reason), event);
  }

  #held(event: LogEvent): void {
    const codes = event.details.find((line) => /^Code \d+ Subcode \d+/.test(line)) ?? '';
    const [code = 0, subcode = 0] = [...codes.matchAll(/\d+/g)].map(Number);
    const end = endOfHold(code, subcode, firstOf(event));
    if (end !== 'paused') this.#end(end, event);
    // What has run is not continued: whoever stopped it has ended it.
    else if (this.#host !== undefined) this.#end('cancelled', event);
    else this.#state = { state: 'waiting', why: saidOf(event) };
  }
}

const EXECUTE = 1;
const EXECUTABLE_ERROR = 2;
const EVICTED = 4;
const TERMINATED = 5;
const SHADOW_EXCEPTION = 7;
const ABORTED = 9;
const HELD = 12;
const RELEASED = 13;
const DISCONNECTED = 22;
const RECONNECTED = 23;
const RECONNECT_FAILED = 24;

/** The host's name: of its slot, else as its address tells it. Older versions tell the address alone. */
function hostOf({ text, details }: LogEvent): string {
  const slot = details.find((line) => line.startsWith('SlotName:'));
  return (
    /@([^@\s]+)$/.exec(slot ?? '')?.[1] ??
    /[?&]alias=([^&>]+)/.exec(text)?.[1] ??
    /<([\d.]+|\[[\da-f:]+\]):\d+/i.exec(text)?.[1] ??
    'an unknown host'
  );
}

function firstOf({ details }: LogEvent): string {
  return details[0] ?? '';
}

/** Such as `Job was held: via condor_hold (by user physicist)`. */
function saidOf(event: LogEvent): string {
  const reason = firstOf(event).replace(/^\([01]\) /, '');
  const text = event.text.replace(/\.$/, '');
  return reason === '' || reason === 'CPU times' ? text : `${text}: ${reason}`;
}
