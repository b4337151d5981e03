/** Runs on a real Slurm whose hosts have a WebGPU adapter in software, or none. Each test says what the hosts have. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { disposableDirectory } from '../helpers/disposable.ts';
import { makeProject, type Project } from '../helpers/project.ts';
import { canHide, type NodeName, NODES, noSlurm, SlurmCluster } from '../helpers/slurm.ts';
import { NO_ADAPTER, NO_SOFTWARE_ADAPTER, softwareAdapter } from '../helpers/software-adapter.ts';

const ADAPTER = 'SwiftShader Device (Subzero)';

describe.skipIf(noSlurm !== undefined)('on a cluster with Slurm', () => {
  const hosts = disposableDirectory('restage-hosts-');
  let cluster: SlurmCluster;
  let project: Project;

  beforeAll(async () => {
    const prolog = join(hosts, 'prolog.sh');
    // What it prints becomes the environment of a job.
    writeFileSync(prolog, `#!/bin/sh\ncat ${hosts}/$SLURMD_NODENAME\n`, { mode: 0o755 });
    cluster = await SlurmCluster.start({ gpus: true, extra: [`TaskProlog=${prolog}`] });
  });
  afterAll(() => cluster.stop());
  beforeEach(({ skip }) => {
    skip(softwareAdapter === undefined, NO_SOFTWARE_ADAPTER);
    project = makeProject('webgpu');
  });

  function have(adapters: Readonly<Record<NodeName, Readonly<Record<string, string>> | undefined>>): void {
    for (const [name, env = NO_ADAPTER] of Object.entries(adapters))
      writeFileSync(
        join(hosts, name),
        Object.entries(env)
          .map(([key, value]) => `export ${key}=${value}\n`)
          .join(''),
      );
  }

  /** From where there is an adapter, unless `env` says otherwise. */
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = softwareAdapter!) =>
    project.run(['--executor', 'slurm', '--device', 'software', ...args], { env: { ...cluster.env, ...env } });

  const failures = () =>
    project.query<{ class: string; message: string }>('SELECT class, message FROM attempt_failure ORDER BY attempt');

  test('a host without the adapter of the plan is left to others, and the node is made on one that has it', async () => {
    have({ n1: undefined, n2: softwareAdapter });
    const { code, stderr, outcomes, report } = await run(['multiply']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(outcomes).toEqual({ multiply: 'ran' });
    expect(report?.results.find(({ name }) => name === 'adapter')?.value).toBe(ADAPTER);
    expect(failures()).toEqual([
      {
        class: 'lost',
        message: expect.stringMatching(
          /^Node multiply computes with tfjs-webgpu, and its key names SwiftShader Device \(Subzero\), but n1 has none: .*WebGPU finds no adapter.*; have its jobs start on hosts of one model and driver, such as by a partition or a constraint\.$/,
        ) as string,
      },
    ]);
  });

  test.skipIf(!canHide)('a host whose driver differs makes no state under the key of the plan', async () => {
    have({ n1: softwareAdapter, n2: softwareAdapter });
    const other = join(hosts, 'cpuinfo');
    // The driver of a software adapter is compiled for the processor, and its name is in the key.
    writeFileSync(other, readFileSync('/proc/cpuinfo', 'utf8').replace(/^(model name\s*: ).*$/gm, '$1Another CPU'));
    for (const name of NODES) cluster.replace(name, '/proc/cpuinfo', other);
    try {
      const { code, report } = await run(['multiply']);
      expect(code).toBe(1);
      expect(report?.failures).toMatchObject([{ node: 'multiply', failure: { class: 'lost' } }]);
      expect(report?.failures[0]?.failure.message).toMatch(
        /^Node multiply .* its key names the driver "google .*", but n\d has SwiftShader Device \(Subzero\) with the driver "google .* on Another CPU"; have its jobs start/,
      );
    } finally {
      for (const name of NODES) cluster.show(name, '/proc/cpuinfo');
    }
    expect(project.count('state')).toBe(0);
    const hostsTried = failures().map(({ message }) => /but (n\d) has/.exec(message)?.[1]);
    expect(hostsTried).toHaveLength(6);
    // Those that are known to be wrong are tried again only where no other one is left.
    expect(new Set(hostsTried.slice(0, 2)).size).toBe(2);
  });

  test('a job computes on the CPU with the libraries that its key names', async () => {
    const { code, outcomes } = await project.run(
      ['multiply', '--executor', 'slurm', '--backend', 'tfjs-wasm', '--device', 'cpu'],
      { env: cluster.env },
    );
    expect({ code, outcomes }).toEqual({ code: 0, outcomes: { multiply: 'ran' } });
  });
});
