/** What the doctor concludes from what a host has told. */
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Here, ProbeReport } from '../../../src/doctor/cluster/cluster-report.ts';
import {
  commandProblems,
  leftBehindSentence,
  probeNotes,
  probeProblems,
} from '../../../src/doctor/cluster/findings.ts';
import { CondorSystem } from '../../../src/executors/condor/condor-system.ts';
import { SlurmSystem } from '../../../src/executors/slurm/slurm-system.ts';
import type { Exchange, ProbeAnswer } from '../../../src/executors/batch/probe/probe-job.ts';
import { type Arrival, RACES } from '../../../src/executors/batch/probe/probe-directory.ts';

const HERE: Here = {
  cacheDirectory: '/shared/cache',
  ...{ fileSystem: 'NFS', freeBytes: 1e12, arch: 'x64', cpu: 'AMD EPYC' },
  ...{ node: '/opt/node', nodeVersion: 'v20.20.2', graceMs: 60_000 },
};
const ABOUT = { executor: 'slurm', system: 'Slurm', commands: [], here: HERE };

const ARRIVAL: Arrival = {
  ...{ host: 'n7', asked: 'x', at: 0, node: 'v20.20.2', system: 'linux 6 x64', arch: 'x64', cpu: 'AMD EPYC' },
  ...{ cores: 2, fileSystem: 'NFS', freeBytes: 1e12, totalBytes: 2e12, noRoom: null },
};
const all = Array.from({ length: RACES }, (_, i) => i);
const EXCHANGE: Exchange = {
  ...{ roundTripMs: 1000, aheadMs: 0 },
  here: { won: all.slice(0, 7), noLinks: null },
  there: { won: all.slice(7), noLinks: null },
};

function answered(arrival: Partial<Arrival> = {}, exchange: Partial<Exchange> = {}): ProbeReport {
  const outcome: ProbeAnswer = {
    ...{ type: 'answered', job: '1', place: 'n7', queuedMs: 0, sawOurs: true },
    arrival: { ...ARRIVAL, ...arrival },
    exchange: { ...EXCHANGE, ...exchange },
  };
  return { partition: 'long', outcome, leftBehind: null };
}

const problems = (report: ProbeReport): readonly string[] => probeProblems(report, ABOUT);
const notes = (report: ProbeReport): readonly string[] => probeNotes(report, ABOUT);

describe('a host that answers', () => {
  test('has neither a problem nor a note where everything is as it is here', () => {
    expect([problems(answered()), notes(answered())]).toEqual([[], []]);
  });

  test.each([
    [
      'no room',
      answered({ noRoom: 'its quota is used up' }),
      /^n7 cannot write .* \/shared\/cache: its quota is used up; /,
    ],
    ['a full disk', answered({ freeBytes: 1000 }), /is full, as n7 sees it/],
    ['no links', answered({}, { there: { won: [], noLinks: 'not permitted' } }), /cannot be linked \(not permitted\)/],
    [
      'links that two make',
      answered({}, { here: { won: all, noLinks: null } }),
      /^Of 20 files .* 13 were made by both/,
    ],
    ['links that nobody makes', answered({}, { there: { won: [], noLinks: null } }), /13 were made by both or by none/],
    [
      'files that come late',
      answered({}, { roundTripMs: 61_000 }),
      /took 61\.0 s to n7 and back, and a run waits 60\.0 s/,
    ],
  ])('is a problem with %s', (_, report, sentence) => {
    expect(problems(report)).toEqual([expect.stringMatching(sentence)]);
  });

  test('is a problem where it does not see what is written here', () => {
    const report = answered();
    const blind = { ...report, outcome: { ...(report.outcome as ProbeAnswer), exchange: undefined } };
    expect(problems(blind)).toEqual([expect.stringMatching(/^n7 does not see what is written here/)]);
  });

  test.each([
    [
      'another architecture',
      answered({ arch: 'arm64', cpu: 'Graviton' }),
      /architecture \(arm64\) than this host \(x64\)/,
    ],
    ['another CPU', answered({ cpu: 'Xeon' }), /another CPU \(Xeon\) than this host \(AMD EPYC\)/],
    ['a clock that is ahead', answered({}, { aheadMs: 12_000 }), /^The clock of n7 is 12\.0 s ahead of the one here/],
    ['a clock that is behind', answered({}, { aheadMs: -12_000 }), /^The clock of n7 is 12\.0 s behind the one here/],
  ])('is a note with %s', (_, report, sentence) => {
    expect([problems(report), notes(report)]).toEqual([[], [expect.stringMatching(sentence)]]);
  });

  test('says nothing of its clock where files take so long that nobody can know', () => {
    expect(notes(answered({}, { roundTripMs: 40_000, aheadMs: 12_000 }))).toEqual([]);
  });
});

test.each([
  [
    { type: 'refused', reason: 'Invalid qos specification' },
    /^Slurm does not accept a job in partition long: Invalid qos .*\. Each job asks for what "slurm"/,
  ],
  [
    { type: 'busy', reason: 'AssocMaxSubmitJobLimit' },
    /^Slurm accepts no job in partition long now: AssocMaxSubmitJobLimit\. Try again later\.$/,
  ],
  [
    { type: 'unanswered', reason: 'Socket timed out' },
    /^It is not known whether Slurm took a job in partition long, .*: Socket timed out\. Try again when/,
  ],
] as const)('a submission that is not accepted is told as what it is: %o', (outcome, sentence) => {
  expect(problems({ partition: 'long', outcome, leftBehind: null })).toEqual([expect.stringMatching(sentence)]);
});

test('a job that did not end, or is not waited for, is named with the command that ends it', () => {
  const slurm = new SlurmSystem({ cacheDirectory: tmpdir(), options: {} });
  expect(leftBehindSentence('17', slurm)).toBe('Job 17 of Slurm could not be ended; end it with: scancel 17');
  const leaving = AbortSignal.abort();
  expect(leftBehindSentence('17', slurm, leaving)).toBe('Job 17 of Slurm may go on; end it with: scancel 17');
  const condor = new CondorSystem({ cacheDirectory: tmpdir(), options: {} });
  expect(leftBehindSentence('00c0ffee00c0ffee', condor)).toBe(
    `Job 00c0ffee00c0ffee of HTCondor could not be ended; end it with: condor_rm -constraint 'RestageUnit == "00c0ffee00c0ffee"'`,
  );
});

test('commands that fail alike share a sentence', () => {
  const command = (name: string, trouble: string | null) => ({ name, version: null, trouble });
  const commands = [command('sbatch', 'not found'), command('squeue', null), command('scancel', 'not found')];
  expect(commandProblems({ ...ABOUT, commands })).toEqual([
    expect.stringMatching(/^The commands sbatch, scancel of Slurm do not work here \(not found\); /),
  ]);
});
