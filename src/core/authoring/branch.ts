/**
 * Branches: one pipeline with some parameters set otherwise. A branch says only what differs from the one that it was
 * made from; it is a value, and making another one from it changes nothing.
 */
import { DefinitionError } from '../../errors.ts';
import { didYouMean } from '../diagnostics/did-you-mean.ts';

/** Parameters of which any may be left out, at any depth; a list is given whole. */
export type SomeParams<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: SomeParams<T[K]> }
    : T;

/** Parameters as a branch holds them, not yet checked. */
export type Patch = Readonly<Record<string, unknown>>;

/** What a part of the pipeline that can be left out is called, and the parameters that leave it out. */
export type Components = Readonly<Record<string, { readonly off: Patch }>>;

/** The values of each factor, by the path of a parameter: `{ 'network.depth': [3, 6] }`. */
export type Factors = Readonly<Record<string, readonly unknown[]>>;

/** Where a branch is on a cumulative path. */
export interface PathPlace {
  /** The branch that the path ends with: it has all components. */
  readonly end: Pick<Branch, 'name' | 'patches'>;
  /** The steps of one path have the same one. */
  readonly path: symbol;
  /** From 0. */
  readonly step: number;
}

/** More combinations than anybody means. */
const MOST_COMBINATIONS = 100_000;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._=,+-]*$/;

/** @typeParam P what the pipeline's schema takes; @typeParam C the names of the components */
export class Branch<P = unknown, C extends string = string> {
  readonly name: string;
  /** The branch that this one was made from; null for the base. */
  readonly parent: Branch<P, C> | null;
  /** What it sets, over what its parent sets. */
  readonly patches: readonly Patch[];
  /**
   * One of all combinations of some values: it is left out, and not refused, if it comes to the same as another branch.
   */
  readonly isCombination: boolean;
  /** Null for a branch on none. */
  readonly place: PathPlace | null;
  readonly #components: Components;

  private constructor(
    name: string,
    parent: Branch<P, C> | null,
    patches: readonly Patch[],
    components: Components,
    { isCombination = false, place = null }: Partial<Pick<Branch, 'isCombination' | 'place'>> = {},
  ) {
    this.isCombination = isCombination;
    this.place = place;
    this.name = name;
    this.parent = parent;
    this.patches = patches;
    this.#components = components;
  }

  /** The branch that all others of an experiment are compared with. */
  static base<P, C extends string>(patch: Patch, components: Components): Branch<P, C> {
    return new Branch('base', null, [patch], components);
  }

  /**
   * The same under another name. @throws DefinitionError for a name with other signs than letters, digits and . _ = , +
   * -
   */
  as(name: string): Branch<P, C> {
    return new Branch(checkedName(name), this.parent, this.patches, this.#components, this);
  }

  /** Sets parameters. Members that are left out stay what they are. */
  with(params: SomeParams<P>): Branch<P, C> {
    return this.#child(
      leaves(params as Patch).map(([path, value]) => `${path}=${nameWord(value)}`),
      [params as Patch],
    );
  }

  /** Leaves out components, by the parameters that the experiment gives for that. @throws DefinitionError */
  without(...components: readonly C[]): Branch<P, C> {
    if (components.length === 0)
      throw new DefinitionError(
        `A branch is made without(), which leaves nothing out; name a component${this.#known()}.`,
      );
    return this.#child(
      components.map((name) => `without-${name}`),
      components.map((name) => this.#off(name)),
    );
  }

  /** One branch for each component, without it; by default of all components. @throws DefinitionError */
  leaveOneOut(components: readonly C[] = this.#all()): readonly Branch<P, C>[] {
    if (components.length === 0)
      throw new DefinitionError(
        'leaveOneOut() has no component to leave out; name some under "components" of the experiment.',
      );
    return components.map((name) => this.without(name));
  }

  /**
   * The way from a branch without any of these components to this one, which has them all: one more in each step, in
   * this order. The last step before this branch leaves out one component, and is called as in `leaveOneOut`.
   * @throws DefinitionError
   */
  cumulative(order: readonly C[]): readonly Branch<P, C>[] {
    if (order.length === 0)
      throw new DefinitionError(`cumulative() has no order; name the components in the order in which they come in.`);
    const twice = order.find((component, index) => order.indexOf(component) !== index);
    if (twice !== undefined)
      throw new DefinitionError(
        `cumulative() names ${twice} twice; name each component once, in the order in which they come in.`,
      );
    const path = Symbol(this.name);
    return order.map((_, step) => {
      const [present, absent] = [order.slice(0, step), order.slice(step)];
      const words = absent.length === 1 ? `without-${absent[0]!}` : ['plain', ...present].join('+');
      const patches = absent.map((component) => this.#off(component));
      return this.#child([words], patches, { end: this, path, step });
    });
  }

  /** Every combination of these values. @throws DefinitionError for no factor, a factor without values, too many */
  factorial(factors: Factors): readonly Branch<P, C>[] {
    const entries = Object.entries(factors);
    const empty = entries.find(([, values]) => values.length === 0);
    if (entries.length === 0 || empty !== undefined)
      throw new DefinitionError(
        `factorial() has ${empty === undefined ? 'no factor' : `no value for ${empty[0]}`}, so it makes no branch; give { 'a.path': [values] }.`,
      );
    const count = entries.reduce((product, [, values]) => product * values.length, 1);
    if (count > MOST_COMBINATIONS)
      throw new DefinitionError(
        `factorial() makes ${count.toLocaleString('en')} branches of ${entries.map(([path]) => path).join(', ')}; give fewer values.`,
      );
    let branches: readonly Branch<P, C>[] = [this];
    for (const [path, values] of entries)
      branches = branches.flatMap((branch) =>
        values.map((value) => branch.#continued(`${path}=${nameWord(value)}`, nested(path, value))),
      );
    // One step from this branch, however many factors it has.
    return branches.map(
      (branch) => new Branch(branch.name, this, branch.patches, this.#components, { isCombination: true }),
    );
  }

  /** Factorial over one parameter. */
  sweep(path: string, values: readonly unknown[]): readonly Branch<P, C>[] {
    return this.factorial({ [path]: values });
  }

  #child(words: readonly string[], patches: readonly Patch[], place: PathPlace | null = null): Branch<P, C> {
    const name = checkedName([...(this.parent === null ? [] : [this.name]), ...words].join(','));
    return new Branch(name, this, [...this.patches, ...patches], this.#components, { place });
  }

  #continued(words: string, patch: Patch): Branch<P, C> {
    return this.#child([words], [patch]);
  }

  #all(): readonly C[] {
    return Object.keys(this.#components) as C[];
  }

  #off(name: C): Patch {
    const component = Object.hasOwn(this.#components, name) ? this.#components[name] : undefined;
    if (component === undefined)
      throw new DefinitionError(
        `There is no component ${name} to leave out${didYouMean(name, this.#all())}${this.#known()}.`,
      );
    return component.off;
  }

  #known(): string {
    const all = this.#all();
    return all.length === 0
      ? '; the experiment has none: name them under "components"'
      : `; there is ${all.join(', ')}`;
  }
}

/** @throws DefinitionError */
function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  throw new DefinitionError(
    `The branch name "${name}" is malformed; use letters, digits and . _ = , + - only, beginning with a letter or digit, or give it another one with .as('name').`,
  );
}

/** The leaves of a patch; a list is one. */
function leaves(patch: Patch, above = ''): readonly (readonly [path: string, value: unknown])[] {
  return Object.entries(patch).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value as Patch, `${above}${name}.`)
      : [[above + name, value] as const],
  );
}

/** A value as part of a branch's name: other signs than those of names become dashes. */
export function nameWord(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const plain = text.replaceAll(/[^A-Za-z0-9._+-]+/g, '-').replaceAll(/^-(?!\d)|-$/g, '');
  return plain === '' ? 'empty' : plain;
}

function nested(path: string, value: unknown): Patch {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Patch;
}
