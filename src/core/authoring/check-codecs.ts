/** Refuses stages with codecs that cannot keep their values. */
import { DefinitionError } from '../../errors.ts';
import type { AnyCodec } from '../artifact/codec.ts';

type Slots = Readonly<Record<string, AnyCodec | { readonly many: AnyCodec }>>;

interface Declaration {
  readonly name: string;
  readonly inputs: Slots;
  readonly outputs: Slots;
}

/**
 * Asked when a stage is declared, and again when it is wired. Only then all modules are loaded (`isLoaded`), so that
 * every part of a codec can be looked at, even one that refers to a constant further down.
 * @throws DefinitionError
 */
export function checkCodecs({ name, inputs, outputs }: Declaration, isLoaded: boolean): void {
  for (const [side, slots] of [
    ['Input', inputs],
    ['Output', outputs],
  ] as const)
    for (const [slot, declared] of Object.entries(slots)) {
      const flaw = ('many' in declared ? declared.many : declared).flaw?.(isLoaded);
      if (flaw !== undefined) throw new DefinitionError(`${side} ${slot} of stage ${name} ${flaw}.`);
    }
}
