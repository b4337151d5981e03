/** The policies of a pipeline's nodes, checked. Nodes are wired in loops, which give each the same: they share one. */
import { checkPolicy, isOtherOption, type NodePolicy } from '../authoring/policy.ts';

type Policy = Readonly<Record<string, unknown>>;

export class Policies {
  #last: Policy = {};
  #lastSize = 0;

  /** The members of a node's options that are its policy. @throws DefinitionError naming the node and the value */
  of(node: string, options: object): NodePolicy {
    if (this.#isLast(options as Policy)) return this.#last;
    const policy = Object.fromEntries(Object.entries(options).filter(([name]) => !isOtherOption(name)));
    checkPolicy(node, policy);
    this.#last = policy;
    this.#lastSize = Object.keys(policy).length;
    return policy;
  }

  /** Only values that cannot change count as the same. */
  #isLast(options: Policy): boolean {
    let size = 0;
    for (const name of Object.keys(options)) {
      if (isOtherOption(name)) continue;
      const value = options[name];
      if (typeof value === 'object' || !Object.hasOwn(this.#last, name) || this.#last[name] !== value) return false;
      size += 1;
    }
    return size === this.#lastSize;
  }
}
