/** Running statements: every branch of them, since the analysis does not know conditions. */
import type { AnyNode, Pattern } from 'acorn';
import { elementsOf } from './builtin-calls.ts';
import type { EffectMachine } from './machine.ts';
import { type Environment, join, PRIMITIVE, UNKNOWN, type Value } from './value.ts';

/** Returns what they may return. */
export function runStatements(
  machine: EffectMachine,
  statements: readonly AnyNode[],
  environment: Environment,
  file: string,
): Value {
  // Functions are there before the first statement.
  for (const statement of statements)
    if (statement.type === 'FunctionDeclaration' && statement.id)
      machine.assign(
        statement.id.name,
        statement.id.start,
        machine.value(statement, environment, file),
        environment,
        file,
      );
  return statements.map((statement) => runStatement(machine, statement, environment, file)).reduce(join, PRIMITIVE);
}

function runStatement(machine: EffectMachine, node: AnyNode, environment: Environment, file: string): Value {
  machine.step();
  const value = (it: AnyNode | null | undefined): Value => (it ? machine.value(it, environment, file) : PRIMITIVE);
  const run = (...nodes: readonly (AnyNode | null | undefined)[]): Value =>
    nodes.map((it) => (it ? runStatement(machine, it, environment, file) : PRIMITIVE)).reduce(join, PRIMITIVE);
  switch (node.type) {
    case 'EmptyStatement':
    case 'FunctionDeclaration':
    case 'BreakStatement':
    case 'ContinueStatement':
      return PRIMITIVE;
    case 'ExpressionStatement':
      value(node.expression);
      return PRIMITIVE;
    case 'ReturnStatement':
      return value(node.argument);
    case 'ThrowStatement':
      value(node.argument);
      return PRIMITIVE;
    case 'BlockStatement':
      return runStatements(machine, node.body, environment, file);
    case 'IfStatement':
      value(node.test);
      return run(node.consequent, node.alternate);
    case 'LabeledStatement':
      return run(node.body);
    case 'TryStatement': {
      const result = run(node.block);
      // Whatever was thrown, wherever it was made.
      if (node.handler?.param) machine.bind(node.handler.param, UNKNOWN, environment, file);
      return join(result, run(node.handler?.body, node.finalizer));
    }
    case 'SwitchStatement':
      value(node.discriminant);
      return node.cases
        .map((it) => {
          value(it.test);
          return runStatements(machine, it.consequent, environment, file);
        })
        .reduce(join, PRIMITIVE);
    case 'WhileStatement':
    case 'DoWhileStatement':
      value(node.test);
      return run(node.body);
    case 'ForStatement':
      if (node.init?.type === 'VariableDeclaration') run(node.init);
      else value(node.init);
      value(node.test);
      value(node.update);
      return run(node.body);
    case 'ForOfStatement':
    case 'ForInStatement': {
      const list = value(node.right);
      if (node.type === 'ForOfStatement' && node.await) machine.stop('an await');
      const element = node.type === 'ForOfStatement' ? elementsOf(machine, list) : PRIMITIVE;
      if (node.type === 'ForInStatement') machine.contentOf(list);
      const { left } = node;
      const target: Pattern = left.type === 'VariableDeclaration' ? left.declarations[0]!.id : left;
      machine.bind(target, element, environment, file);
      return run(node.body);
    }
    case 'VariableDeclaration':
      for (const { id, init } of node.declarations)
        if (init || id.type !== 'Identifier' || node.kind !== 'var') machine.bind(id, value(init), environment, file);
      return PRIMITIVE;
    case 'ClassDeclaration':
      if (node.id) machine.assign(node.id.name, node.id.start, value(node), environment, file);
      return PRIMITIVE;
    default:
      return machine.stop('a statement that is not understood');
  }
}
