/** The policies of a pipeline's nodes, checked. Nodes are wired in loops, which give each the same: they share one. */
import { checkPolicy, isOtherOption, type NodePolicy } from '../authoring/policy.ts';

type Policy = Readonly<Record<string, unknown>>;

export class Policies {
  #last: Policy = {};
  #lastSize = 0;
  /** Names of the options that were looked at last, and of those that are policy. */
  #names: readonly string[] = [];
  #policyNames: readonly string[] = [];

  /** The members of a node's options that are its policy. @throws DefinitionError naming the node and the value */
  of(node: string, options: object): NodePolicy {
    const names = Object.keys(options);
    if (!this.#areLast(names)) {
      this.#names = names;
      this.#policyNames = names.filter((name) => !isOtherOption(name));
    }
    if (this.#isLast(options as Policy)) return this.#last;
    const policy = Object.fromEntries(this.#policyNames.map((name) => [name, (options as Policy)[name]]));
    checkPolicy(node, policy);
    this.#last = policy;
    this.#lastSize = this.#policyNames.length;
    return policy;
  }

  #areLast(names: readonly string[]): boolean {
    const last = this.#names;
    if (names.length !== last.length) return false;
    for (let at = 0; at < names.length; at++) if (names[at] !== last[at]) return false;
    return true;
  }

  /** Only values that cannot change count as the same. */
  #isLast(options: Policy): boolean {
    for (const name of this.#policyNames) {
      const value = options[name];
      if (typeof value === 'object' || !Object.hasOwn(this.#last, name) || this.#last[name] !== value) return false;
    }
    return this.#policyNames.length === this.#lastSize;
  }
}
