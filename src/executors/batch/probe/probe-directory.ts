/**
 * The directory of a probe, which is that of a unit without tasks: how the doctor and the job that it submits find out
 * what they can tell each other. Each file is complete when it appears, since it is renamed into its place. Only the
 * races need links.
 *
 *     asked       a random text, written before the job is submitted
 *     question    which backend and device are looked for there, if any: written before the job is submitted
 *     node        what the host has for a Node, in lines, written by the shell
 *     arrived     what the host is and sees, and the random text as read there
 *     answer      written when `arrived` was seen
 *     <i>.race    both sides make it at about the same time; it says who did
 *     left        when the host saw the answer, which of the races it won, and what computes there
 */
import { join } from 'node:path';
import type { Compute } from '../../../identity/compute/compute.ts';
import { readIfThere } from '../../../store/files/shared-file.ts';

type ProbeFile = 'asked' | 'question' | 'node' | 'arrived' | 'answer' | 'left' | `${number}.race`;

/** How many files both sides try to make. */
export const RACES = 20;
/** How long the host looks for the answer, in milliseconds: longer than a network file system hides a file. */
export const ANSWER_MS = 75_000;
/** Between two looks into the directory, in milliseconds. */
export const LOOK_MS = 50;

export function probeFile(directory: string, name: ProbeFile): string {
  return join(directory, name);
}

/** What a host finds when the probe's program begins there. */
export interface Arrival {
  readonly host: string;
  /** The random text; null if it could not be read there. */
  readonly asked: string | null;
  /** Milliseconds since 1970 by the host's clock. */
  readonly at: number;
  /** Of Node there. */
  readonly node: string;
  /** Such as `linux 6.1.0 x64`. */
  readonly system: string;
  readonly arch: string;
  readonly cpu: string;
  /** Those that the job may use. */
  readonly cores: number;
  /** The file system of the directory, as the host sees it. */
  readonly fileSystem: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Why some megabytes could not be written there, such as a quota; null if they could. */
  readonly noRoom: string | null;
}

export interface Departure {
  /** When the answer was seen, by the host's clock; null if it never was. */
  readonly answeredAt: number | null;
  readonly won: readonly number[];
  /** Why the races could not be held, such as a file system without links; null if they were. */
  readonly noLinks: string | null;
  /** Absent if nobody has asked. */
  readonly computes?: ComputeThere;
}

/** What a job is asked to look for on its host, as `resolveCompute` is. */
export interface ComputeQuestion {
  readonly backend: string;
  readonly device: string;
  readonly projectRoot: string;
  /** How many GPUs the job asks for. */
  readonly gpus: number;
}

/** What was found, or the sentence that says why there is nothing. */
export type ComputeThere =
  { readonly type: 'found'; readonly compute: Compute } | { readonly type: 'none'; readonly why: string };

/** Undefined if nothing is looked for. */
export function questionIn(directory: string): ComputeQuestion | undefined {
  return parsed(readIfThere(probeFile(directory, 'question'))) as ComputeQuestion | undefined;
}

/** What the shell of the host says of Node there. */
export interface FoundNode {
  readonly host: string;
  /** What the Node that the job was told to use answers to `--version`; empty if it does not run. */
  readonly version: string;
  /** The path of the Node that a search of PATH finds, and its version; empty without one. */
  readonly other: string;
  readonly otherVersion: string;
}

/** Undefined before it is there. */
export function arrivalIn(directory: string): Arrival | undefined {
  return parsed(readIfThere(probeFile(directory, 'arrived'))) as Arrival | undefined;
}

/** Undefined before it is there. */
export function departureIn(directory: string): Departure | undefined {
  return parsed(readIfThere(probeFile(directory, 'left'))) as Departure | undefined;
}

/** Undefined before it is there. */
export function nodeIn(directory: string): FoundNode | undefined {
  const lines = readIfThere(probeFile(directory, 'node'))?.toString().split('\n');
  if (lines === undefined) return undefined;
  const [host = '', version = '', other = '', otherVersion = ''] = lines;
  return { host, version, other, otherVersion };
}

function parsed(bytes: Buffer | undefined): unknown {
  return bytes && JSON.parse(bytes.toString());
}
