/** What a node or a project may ask a batch system for besides resources: by the system's executor. */
import { didYouMean } from '../diagnostics/did-you-mean.ts';

interface OptionsOfSystem {
  /** As sentences call the system. */
  readonly title: string;
  readonly options: readonly string[];
  /** What `extra` takes, as the end of a sentence. */
  readonly extra: string;
  readonly example: string;
}

const SYSTEMS = {
  slurm: {
    title: 'Slurm',
    options: ['partition', 'account', 'qos', 'constraint', 'extra'],
    extra: 'any other option of sbatch',
    example: '"slurm": { "partition": "short" }',
  },
  condor: {
    title: 'HTCondor',
    options: ['requirements', 'rank', 'accounting_group', 'extra'],
    extra: 'any other command of a submit description, one a line',
    example: '"condor": { "accounting_group": "physics" }',
  },
} as const satisfies Readonly<Record<string, OptionsOfSystem>>;

export type BatchSystemName = keyof typeof SYSTEMS;

type OptionsOf<S extends BatchSystemName> = Readonly<Partial<Record<(typeof SYSTEMS)[S]['options'][number], string>>>;

/** By executor. */
export interface BatchPolicy {
  /**
   * What Slurm is asked for besides, with the executor `slurm`: `partition`, `account`, `qos`, `constraint`, and in
   * `extra` any other option of sbatch, as one text.
   */
  readonly slurm?: OptionsOf<'slurm'>;
  /**
   * What HTCondor is asked for besides, with the executor `condor`: `requirements`, `rank`, `accounting_group`, and in
   * `extra` any other command of a submit description, one a line.
   */
  readonly condor?: OptionsOf<'condor'>;
}

export const BATCH_SYSTEMS: readonly BatchSystemName[] = Object.keys(SYSTEMS) as BatchSystemName[];

export function optionsOfSystem(system: BatchSystemName): OptionsOfSystem {
  return SYSTEMS[system];
}

/** The options of the batch system that the executor of this name uses; none for an executor without one. */
export function optionsFor(executor: string, policy: BatchPolicy): Readonly<Record<string, string>> {
  const system = BATCH_SYSTEMS.find((name) => name === executor);
  return { ...(system && policy[system]) };
}

/** What is wrong with an option's name, as a sentence about whoever asks; undefined if nothing is. */
export function unknownOption(system: BatchSystemName, option: string, asking: string): string | undefined {
  const { title, options, extra } = optionsOfSystem(system);
  return options.includes(option)
    ? undefined
    : `${asking} asks ${title} for ${option}${didYouMean(option, options)}; give one of ${options.join(', ')}, where extra takes ${extra}.`;
}
