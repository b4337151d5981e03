import { describe, expect, test } from 'vitest';
import type { NodePolicy } from '../../src/core/authoring/policy.ts';
import { sha256 } from '../../src/core/identity/digest.ts';
import { DefinitionError, UsageError } from '../../src/errors.ts';
import { executorOf, registerExecutor } from '../../src/executors/registry.ts';
import { graphNode } from '../helpers/graph-node.ts';

const NODE = graphNode('fit@k=1', 'test/fit');
const inProcess: NodePolicy = { executor: 'in-process' };

describe('the executor of a node', () => {
  test('is the worker, unless its policy names another', () => {
    expect(executorOf(NODE).name).toBe('worker');
    expect(executorOf({ ...NODE, policy: inProcess }).name).toBe('in-process');
  });

  test('isolates a node that fetches files in a process of its own, whatever its policy says', () => {
    const remote = { url: 'https://x', sha256: sha256(''), bytes: 0, encoding: 'identity', otherwise: '' } as const;
    const inputs = [{ slot: 'data', index: null, from: { file: 'https://x', remote } }];
    expect(executorOf({ ...NODE, inputs, policy: inProcess }).name).toBe('worker');
  });

  test('cannot be this process for a stage that computes', () => {
    const node = { ...NODE, compute: true, policy: inProcess };
    expect(() => executorOf(node)).toThrow(DefinitionError);
    expect(() => executorOf(node)).toThrow(/fit@k=1.*in-process.*test\/fit.*omit executor/);
  });

  test('is a worker for a node that needs a process of its own, by its policy or by the run', () => {
    expect(executorOf({ ...NODE, policy: { ...inProcess, isolate: true } }).name).toBe('worker');
    expect(executorOf({ ...NODE, policy: inProcess }, { isolate: true }).name).toBe('worker');
  });

  test('must be registered, and each name only once', () => {
    const node = { ...NODE, policy: { executor: 'workr' } as unknown as NodePolicy };
    expect(() => executorOf(node)).toThrow(/fit@k=1.*"workr" \(did you mean "worker"\?\)/);
    const entry = { name: 'worker', isolates: true, load: () => Promise.reject(new Error('never loaded')) };
    expect(() => registerExecutor(entry)).toThrow(UsageError);
  });
});
