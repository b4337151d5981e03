/** What the parts of the analysis ask of each other. Types only. */
import type { AnyNode, Pattern } from 'acorn';
import type { Environment, FunctionValue, Shape, Value } from './value.ts';
import type { World } from './world.ts';

export interface EffectMachine {
  /** The evaluation of the unit; objects that it makes are its own. */
  readonly owner: object;
  readonly world: World;
  /** Whether it has read what effects elsewhere may change. */
  readsState: boolean;
  /** Whether it has called a function of the project. */
  callsFunctions: boolean;
  /** Ends the analysis of the unit: it has, or may have, this effect. */
  stop(effect: string): never;
  /** Counts the work; stops if it is too much. */
  step(): void;
  value(node: AnyNode, environment: Environment, file: string): Value;
  /** Returns what they may return. */
  statements(nodes: readonly AnyNode[], environment: Environment, file: string): Value;
  /** Calls what is known, or stops. */
  call(callee: Value, args: readonly Value[], thisValue: Value): Value;
  /** Runs a function's body. */
  run(callee: FunctionValue, args: readonly Value[], thisValue: Value): Value;
  /** A conversion to a string or a number, or stops. */
  convert(value: Value): void;
  /** Notes that something in the object is read. */
  read(shape: Shape): void;
  /** Notes that something is put into an object, or stops if it is not the unit's own. */
  write(shape: Shape, value: Value): void;
  /** `object.name = value`, or stops. */
  put(object: Value, value: Value, name: string | undefined): void;
  /** `value.name`, or `value[...]` without a name. */
  member(value: Value, name: string | undefined): Value;
  /** All that can be read from an object. */
  contentOf(value: Value): Value;
  declare(environment: Environment, name: string, value: Value): void;
  /** Notes one more thing that `this` may be. */
  joinThis(environment: Environment, value: Value): void;
  assign(name: string, start: number, value: Value, environment: Environment, file: string): void;
  /** Puts a value into the variables of a pattern. */
  bind(pattern: Pattern, value: Value, environment: Environment, file: string): void;
  /** Plain data of any depth, made by the unit. */
  readonly data: Value;
  /** An object that a function of the language makes: always the same one for one call in the code. */
  make(type: Shape['type'], content: Value): Value;
  /** Does something for a call in the code, so that what it makes is known by its place. */
  inPlace<Result>(node: object, environment: Environment, work: () => Result): Result;
  /** The one thing that a place makes in an environment: an object, a function, the environment inside. */
  at<Made extends object>(place: object, environment: Environment, make: () => Made): Made;
}
