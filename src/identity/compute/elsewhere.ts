/**
 * Where nodes compute that do not execute on this machine. A key names the device that computes, so it is looked for
 * there: the machine on which a run is started may have another one, or none.
 */
import type { GraphNode } from '../../core/graph/graph.ts';
import type { Compute } from './compute.ts';

/** Where jobs of some nodes go. */
export interface ComputePlace {
  readonly executor: string;
  /** What its batch system is asked for besides, such as a partition. */
  readonly options: Readonly<Record<string, string>>;
  /** How many GPUs a job has to ask for, so that it sees one: none where a site gives out none. */
  readonly gpus: 0 | 1;
}

export interface ComputeElsewhere {
  /** What decides where nodes execute, besides their own policies, as a text. */
  readonly placing: string;
  /**
   * Where these nodes execute; none if some of them execute on this machine, which decides then.
   * @throws DefinitionError for a node whose executor is unknown or cannot compute
   */
  placesOf(nodes: readonly GraphNode[], isSoftware: boolean): Promise<readonly ComputePlace[]>;
  /**
   * What `resolveCompute` finds in these places, at least one.
   * @throws BackendError as that does, or if there is no answer, or not the same one in all places; the reason of an
   * interrupt
   */
  resolve(places: readonly ComputePlace[], asked: string, device: string): Promise<Compute>;
}

/** As it was decided for a plan: `placing`, and the places; none where the nodes compute here. */
export interface ComputeAt {
  readonly placing: string;
  readonly places: readonly ComputePlace[];
}

/**
 * What a plan needs to compute, and where that was looked for; `at` is undefined where nothing but this machine could
 * be meant.
 */
export interface FoundCompute {
  readonly compute: Compute;
  readonly at: ComputeAt | undefined;
}
