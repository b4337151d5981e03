/**
 * Follows the code that runs when a unit is evaluated, into the functions that it calls, and stops at the first thing
 * that is not proven to be without effects.
 */
import type { AnyNode, Function as FunctionNode, Pattern } from 'acorn';
import { isFunction } from '../text/syntax.ts';
import { callGlobal, callRestage, elementsOf } from './builtin-calls.ts';
import { evaluate } from './expressions.ts';
import { localNames } from './local-names.ts';
import { contentOf, memberOf, putInto } from './members.ts';
import type { EffectMachine } from './machine.ts';
import { runStatements } from './statements.ts';
import {
  dataOf,
  type Environment,
  type FunctionValue,
  holderOf,
  isData,
  isEqual,
  join,
  MADE_BY_RESTAGE,
  objectOf,
  PRIMITIVE,
  shape,
  type Shape,
  type Value,
} from './value.ts';
import type { World } from './world.ts';

/** Thrown inside of the analysis only. */
export class EffectFound extends Error {}

/** All calls of one function in one closure. */
interface Call {
  readonly environment: Environment;
  result: Value;
  isRunning: boolean;
}

/** Code that is analysed longer than this counts as having effects. */
const MOST_STEPS = 50_000;

export class Evaluation implements EffectMachine {
  readonly owner: object = {};
  readonly world: World;
  /** What the unit itself declares. */
  readonly bound = new Map<string, Value>();
  readsState = false;
  callsFunctions = false;
  /** Rises whenever something more becomes known of a variable or an object. */
  changes = 0;
  #steps = 0;
  #data: Value | undefined;
  #place: { readonly node: object; readonly environment: Environment; made: number } | undefined;
  readonly #madeIn = new Map<object, object[]>();
  readonly #made = new Map<object, Map<Environment, object>>();

  constructor(world: World) {
    this.world = world;
  }

  get data(): Value {
    this.#data ??= dataOf(this.owner);
    return this.#data;
  }

  inPlace<Result>(node: object, environment: Environment, work: () => Result): Result {
    const before = this.#place;
    this.#place = { node, environment, made: 0 };
    const result = work();
    this.#place = before;
    return result;
  }

  make(type: Shape['type'], content: Value): Value {
    const place = this.#place;
    if (place === undefined) return objectOf(shape(this.owner, type, content));
    const places = this.#madeIn.get(place.node) ?? [];
    this.#madeIn.set(place.node, places);
    const key = (places[place.made++] ??= {});
    const made = this.at(key, place.environment, () => shape(this.owner, type));
    this.write(made, content);
    return objectOf(made);
  }

  stop(effect: string): never {
    throw new EffectFound(effect);
  }

  read(it: Shape): void {
    if (it.owner !== this.owner) this.readsState = true;
  }

  write(it: Shape, value: Value): void {
    if (it.owner !== this.owner) this.stop('a change of an object that was made elsewhere');
    const joined = join(it.content, value);
    if (isEqual(joined, it.content)) return;
    it.content = joined;
    this.changes++;
  }

  convert(value: Value): void {
    if (value.kind === 'global' || value.kind === 'made-by-restage') return;
    if (!isData(value)) this.stop('a conversion that may call code');
    if (value.kind === 'object') for (const it of value.shapes) this.read(it);
  }

  declare(environment: Environment, name: string, value: Value): void {
    const known = environment.variables.get(name);
    const joined = known === undefined ? value : join(known, value);
    if (known !== undefined && isEqual(joined, known)) return;
    environment.variables.set(name, joined);
    this.changes++;
  }

  at<Made extends object>(place: object, environment: Environment, make: () => Made): Made {
    const places = this.#made.get(place) ?? new Map<Environment, object>();
    this.#made.set(place, places);
    const known = places.get(environment) ?? make();
    places.set(environment, known);
    return known as Made;
  }

  joinThis(environment: Environment, value: Value): void {
    const joined = join(environment.thisValue, value);
    if (isEqual(joined, environment.thisValue)) return;
    environment.thisValue = joined;
    this.changes++;
  }

  step(): void {
    if (++this.#steps > MOST_STEPS) this.stop('code that is too much to look through');
  }

  call(callee: Value, args: readonly Value[], thisValue: Value): Value {
    switch (callee.kind) {
      case 'function':
        return callee.functions.map((it) => this.run(it, args, thisValue)).reduce(join);
      case 'global':
        return callGlobal(this, callee.path, args);
      case 'restage':
        return callRestage(this, callee.name);
      case 'made-by-restage':
        return MADE_BY_RESTAGE;
      case 'zod':
      case 'primitive':
      case 'object':
      case 'namespace':
      case 'package':
      case 'unknown':
        return this.stop('a call of a function whose effects are not known');
    }
  }

  /** All calls of a function are analysed as one, with whatever any of them passes. */
  run(callee: FunctionValue, args: readonly Value[], thisValue: Value): Value {
    const { node, closure } = callee;
    this.callsFunctions = true;
    if (!isFunction(node)) return this.stop('a call of a class');
    if (node.async || node.generator) return this.stop('a call of an async function or a generator');
    const self = node.type === 'ArrowFunctionExpression' ? closure.thisValue : thisValue;
    const call = this.#callOf(callee, node, self);
    this.joinThis(call.environment, self);
    this.#parameters(callee, node, args, call.environment);
    if (call.isRunning) return call.result;
    call.isRunning = true;
    for (let before = -1; before !== this.changes;) {
      before = this.changes;
      const result = join(call.result, this.#body(callee, node, call.environment));
      if (isEqual(result, call.result)) continue;
      call.result = result;
      this.changes++;
    }
    call.isRunning = false;
    return call.result;
  }

  #callOf({ closure, home }: FunctionValue, node: AnyNode & FunctionNode, thisValue: Value): Call {
    return this.at(node, closure, () => {
      const environment = { names: localNames(node), variables: new Map<string, Value>(), outer: closure, thisValue };
      return { environment: { ...environment, home: home ?? closure.home }, result: PRIMITIVE, isRunning: false };
    });
  }

  #body({ file }: FunctionValue, node: FunctionNode, environment: Environment): Value {
    if (node.body.type !== 'BlockStatement') return this.value(node.body, environment, file);
    return this.statements(node.body.body, environment, file);
  }

  #parameters(
    callee: FunctionValue,
    node: AnyNode & FunctionNode,
    args: readonly Value[],
    environment: Environment,
  ): void {
    const { file } = callee;
    if (node.type === 'FunctionExpression' && node.id)
      this.declare(environment, node.id.name, { kind: 'function', functions: [callee] });
    if (node.type !== 'ArrowFunctionExpression')
      this.declare(environment, 'arguments', this.#list(node, args.reduce(join, PRIMITIVE), environment));
    node.params.forEach((parameter, index) => {
      if (parameter.type === 'RestElement') {
        const rest = this.#list(parameter, args.slice(index).reduce(join, PRIMITIVE), environment);
        this.bind(parameter.argument, rest, environment, file);
      } else this.bind(parameter, args[index] ?? PRIMITIVE, environment, file);
    });
  }

  /** A new array that a place makes. */
  #list(node: AnyNode, content: Value, environment: Environment): Value {
    const made = this.at(node, environment, () => shape(this.owner, 'array'));
    this.write(made, content);
    return objectOf(made);
  }

  /** Puts a value into the variables of a pattern. */
  bind(pattern: Pattern, value: Value, environment: Environment, file: string): void {
    switch (pattern.type) {
      case 'Identifier': {
        this.assign(pattern.name, pattern.start, value, environment, file);
        return;
      }
      case 'AssignmentPattern': {
        this.bind(pattern.left, join(value, this.value(pattern.right, environment, file)), environment, file);
        return;
      }
      case 'ArrayPattern': {
        const elements = elementsOf(this, value);
        for (const element of pattern.elements)
          if (element?.type === 'RestElement')
            this.bind(element.argument, this.#list(element, elements, environment), environment, file);
          else if (element) this.bind(element, elements, environment, file);
        return;
      }
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') {
            const rest = this.at(property, environment, () => shape(this.owner, 'plain'));
            this.write(rest, this.contentOf(value));
            this.bind(property.argument, objectOf(rest), environment, file);
            continue;
          }
          if (property.computed) this.convert(this.value(property.key, environment, file));
          const name = property.key.type === 'Identifier' && !property.computed ? property.key.name : undefined;
          this.bind(property.value, this.member(value, name), environment, file);
        }
        return;
      case 'MemberExpression': {
        const object = this.value(pattern.object, environment, file);
        if (pattern.computed) this.convert(this.value(pattern.property, environment, file));
        const { computed, property } = pattern;
        this.put(object, value, !computed && property.type === 'Identifier' ? property.name : undefined);
        return;
      }
      case 'RestElement': {
        this.bind(pattern.argument, value, environment, file);
        return;
      }
    }
  }

  assign(name: string, start: number, value: Value, environment: Environment, file: string): void {
    const use = this.world.outerUse(file, start);
    if (use === undefined) this.declare(holderOf(environment, name), name, value);
    else if (use === 'binding') this.bound.set(name, join(this.bound.get(name) ?? value, value));
    else this.stop(`an assignment to ${name}`);
  }

  put(object: Value, value: Value, name: string | undefined): void {
    putInto(this, object, value, name);
  }

  contentOf(value: Value): Value {
    return contentOf(this, value);
  }

  member(value: Value, name: string | undefined): Value {
    return memberOf(this, value, name);
  }

  value(node: AnyNode, environment: Environment, file: string): Value {
    return evaluate(this, node, environment, file);
  }

  statements(nodes: readonly AnyNode[], environment: Environment, file: string): Value {
    return runStatements(this, nodes, environment, file);
  }
}
