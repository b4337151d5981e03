/** The stages that a pipeline wires: each is looked at once, however many nodes it has. */
import { DefinitionError } from '../../errors.ts';
import type { AnyCodec } from '../artifact/codec.ts';
import { checkCodecs } from '../authoring/check-codecs.ts';
import { type AnyStage, isStage } from '../authoring/stage.ts';
import { refuseZod3 } from '../diagnostics/zod-version.ts';

/** A stage as its nodes need it: slots as lists, since thousands of nodes go through them. */
export interface WiredStage {
  /** What its nodes are called, unless they are given a name. */
  readonly nodeName: string;
  readonly inputs: readonly InputSlot[];
  readonly outputs: readonly { readonly name: string; readonly kind: string }[];
}

export interface InputSlot {
  readonly slot: string;
  readonly codec: AnyCodec;
  readonly takesMany: boolean;
}

export class WiredStages {
  readonly #pipeline: string;
  readonly #wired = new Map<AnyStage, WiredStage>();
  readonly #byName = new Map<string, AnyStage>();

  constructor(pipeline: string) {
    this.#pipeline = pipeline;
  }

  /** By name. */
  get all(): ReadonlyMap<string, AnyStage> {
    return this.#byName;
  }

  /** @throws DefinitionError for a value that a pipeline cannot wire */
  of(stage: AnyStage): WiredStage {
    let wired = this.#wired.get(stage);
    if (wired === undefined) {
      this.#check(stage);
      this.#byName.set(stage.name, stage);
      this.#wired.set(stage, (wired = wiredStage(stage)));
    }
    return wired;
  }

  #check(stage: AnyStage): void {
    if (!isStage(stage))
      throw new DefinitionError(
        `Pipeline ${this.#pipeline} adds something that is not a stage; declare it with stage({...}) and export it.`,
      );
    const { name, params } = stage as { readonly name: string; readonly params: unknown };
    if (typeof params !== 'object' || params === null || !('safeParse' in params))
      throw new DefinitionError(
        `The stage ${name} is declared without params, a zod schema such as z.strictObject({}); "npx tsc --noEmit" finds such slips before a run does.`,
      );
    if (this.#byName.has(name))
      throw new DefinitionError(
        `Pipeline ${this.#pipeline} uses two different stages named ${name}; rename one of them.`,
      );
    checkCodecs(stage, true);
    refuseZod3(`params of stage ${name}`, params);
  }
}

function wiredStage({ name, inputs, outputs }: AnyStage): WiredStage {
  return {
    nodeName: name.slice(name.lastIndexOf('/') + 1),
    inputs: Object.entries(inputs).map(([slot, declared]) =>
      'many' in declared
        ? { slot, codec: declared.many, takesMany: true }
        : { slot, codec: declared, takesMany: false },
    ),
    outputs: Object.entries(outputs).map(([output, { kind }]) => ({ name: output, kind })),
  };
}
