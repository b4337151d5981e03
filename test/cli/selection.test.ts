/** Which nodes take part: targets, --until, --only, -f and -n; and what is said to a name that nothing has. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

const SCALES = ['scale 1e-9', 'scale 2', 'scale 3'];

describe('a run', () => {
  let project: InProcessProject;
  beforeEach(() => {
    project = makeInProcessProject('lab');
  });

  test('of targets runs them and what they need: by node, by stage, by all instances, by output', async () => {
    const one = await project.run(['scale@k=1']);
    expect(project.executed()).toEqual(['scale 2', 'source']);
    expect(one.outcomes).toEqual({ source: 'ran', 'scale@k=1': 'ran' });
    expect(project.visits(1)).toEqual(one.outcomes);
    await project.run(['scale']);
    expect(project.executed()).toEqual(['scale 1e-9', 'scale 3']);
    await project.run(['lab/noise']);
    expect(project.executed()).toEqual(['noise']);
    await project.run(['mix.total']);
    expect(project.executed()).toEqual(['mix', 'unit']);
    expect((await project.run()).report!.counts).toMatchObject({ hit: 7, ran: 1 });
    expect(project.executed()).toEqual(['note']);
  });

  test('of targets by a reference runs the nodes of those names as they are now', async () => {
    await project.run(['scale@k=1']);
    await project.restage(['tag', 'run:1', 'base', '--cache', project.cache]);
    const shown = await project.restage(['show', 'run:1/scale@k=1', '--json', '--cache', project.cache]);
    const { key, outputs } = JSON.parse(shown.stdout) as { key: string; outputs: { name: string; digest: string }[] };
    project.executed();
    const output = outputs[0]!;
    for (const reference of [
      'run:1/scale@k=1',
      `run:latest/scale@k=1.${output.name}`,
      'base/scale@k=1',
      'lab:scale@k=1',
      key.slice(0, 12),
      output.digest,
    ]) {
      const { code, stderr, outcomes } = await project.run([reference]);
      expect({ reference, code, stderr, outcomes }).toEqual({
        reference,
        code: 0,
        stderr: '',
        outcomes: { source: 'hit', 'scale@k=1': 'hit' },
      });
    }
    expect(Object.keys((await project.run(['run:1/scale@k=1', '-S', 'note=other'])).outcomes)).toEqual([
      'source',
      'scale@k=1',
    ]);
    for (const [reference, sentence] of [
      ['run:1', /^restage: run:1 is a run, and a target is a node; name one in it, such as run:1\/train\.\n$/],
      ['run:99/mix', /^restage: There is no run 99: /],
      ['run:1/mix', /^restage: Run 1 of lab has no node mix/],
      ['base', /^restage: base is a run, /],
    ] as const) {
      const { code, stderr } = await project.run([reference]);
      expect({ reference, code, stderr }).toEqual({
        reference,
        code: 2,
        stderr: expect.stringMatching(sentence) as string,
      });
    }
    project.edit('index.ts', '[factor, 2, 3].map((each, k)', '[factor].map((each, k)');
    expect((await project.run(['run:1/scale@k=1'])).stderr).toMatch(
      /^restage: run:1\/scale@k=1 is the node scale@k=1 on record, which the pipeline lab does not have now; "restage graph" shows its nodes\.\n$/,
    );
  });

  test('--until a node runs it and what it needs', async () => {
    await project.run(['--until', 'scale', '--until', 'noise']);
    expect(project.executed()).toEqual(['noise', ...SCALES, 'source']);
  });

  test('--only a node runs nothing else, and is refused where what it needs is not there', async () => {
    const refused = await project.run(['--only', 'note']);
    expect(refused).toMatchObject({ code: 2, report: undefined, outcomes: {} });
    expect(refused.stderr).toMatch(/^restage: --only needs \S+ to be in the cache, .*--only.*\n$/);
    expect(project.executed()).toEqual([]);
    expect(project.count('run')).toBe(0);
    await project.run(['mix']);
    project.executed();
    expect((await project.run(['--only', 'note'])).code).toBe(0);
    expect(project.executed()).toEqual(['note']);
    const both = await project.run(['mix', '--only', 'note']);
    expect(both.code).toBe(2);
    // Only the output of what is above matters, so its object must be there too.
    const changed = await project.run(['--only', 'note', '-S', 'factor=8']);
    expect(changed).toMatchObject({ code: 2 });
    expect(project.executed()).toEqual([]);
  });

  test('-f executes the targets although they are there, and nothing above them', async () => {
    await project.run();
    project.executed();
    const forced = await project.run(['mix', '-f']);
    expect(project.executed()).toEqual(['mix']);
    expect(forced.events).toContainEqual(
      expect.objectContaining({ type: 'node-queued', node: 'mix', reason: 'forced' }),
    );
    await project.run(['-f']);
    expect(project.executed()).toEqual(['mix', 'noise', 'note', ...SCALES, 'source', 'unit']);
    expect(project.count('state')).toBe(8);
    expect(project.complaints()).toEqual([]);
  });

  test('-n executes and records nothing, and tells what would run and why', async () => {
    const dry = await project.restage(['run', project.root, '-n', '--cache', project.cache]);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^lab: \d to run, \d pending on their inputs, 0 up to date$/m);
    expect(dry.stdout).toMatch(/source +run +first run/);
    expect(project.executed()).toEqual([]);
    expect(project.count('run')).toBe(0);
    await project.run();
    project.executed();
    const changed = await project.restage(['run', project.root, '-n', '-S', 'digits=3', '--cache', project.cache]);
    expect(changed.stdout).toMatch(/note +run .*param\.digits 2 -> 3/);
    const nothing = await project.restage(['run', project.root, '-n', '--cache', project.cache]);
    expect(nothing.stdout).toMatch(/^lab: nothing to run, all 8 nodes are up to date/);
    expect(project.executed()).toEqual([]);
    expect(project.count('run')).toBe(1);
  });

  const WRONG: readonly (readonly [what: string, args: readonly string[], sentence: RegExp])[] = [
    [
      'an unknown node',
      ['mux'],
      /^restage: Pipeline lab has no node, stage or output "mux" \(did you mean "mix"\?\);.*\n$/,
    ],
    ['an unknown instance', ['scale@k=7'], /no node, stage or output "scale@k=7".*scale@k=/],
    ['an unknown node for --until', ['--until', 'noize'], /"noize".*did you mean "noise"/],
    ['an unknown parameter', ['-S', 'digit=3'], /^restage: .*has no parameter digit.*did you mean "digits".*rows.*\n$/],
    ['a parameter of the wrong type', ['-S', 'digits=three'], /^restage: Parameter digits of pipeline lab .*\n$/],
    ['a setting without a value', ['-S', 'digits'], /^restage: -S digits is not of the form path=value/],
    ['an unknown option', ['--jbos', '2'], /has no option --jbos.*did you mean "--jobs"/],
    ['no number of jobs', ['-j', 'two'], /^restage: --jobs .* at least 1, not two\.\n$/],
    ['no jobs at all', ['-j', '0'], /^restage: --jobs .* at least 1, not 0\.\n$/],
    ['a seed that is none', ['--seed', '-1'], /^restage: .*seed.*\n$/],
    ['an unknown backend', ['--backend', 'tfjs-cpuu'], /^restage: .*tfjs-cpuu.*did you mean "tfjs-cpu".*\n$/],
    ['an unknown reporter', ['--reporter', 'xml'], /^restage: --reporter .*plain or json, not xml\.\n$/],
  ];
  for (const [what, args, sentence] of WRONG)
    test(`is refused, with a sentence, for ${what}`, async () => {
      const refused = await project.restage(['run', project.root, '--cache', project.cache, ...args]);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(sentence);
      expect(project.executed()).toEqual([]);
    });

  test('is refused for an unknown verb and for a pipeline that is not there', async () => {
    const verb = await project.restage(['rnu', project.root]);
    expect(verb).toMatchObject({ code: 2, stdout: '' });
    expect(verb.stderr).toMatch(/^restage: There is no verb "rnu" \(did you mean "run"\?\)/);
    const nowhere = await project.restage(['run', 'nowhere']);
    expect(nowhere).toMatchObject({ code: 2, stdout: '' });
    expect(nowhere.stderr).toMatch(
      /^restage: There is no pipeline at nowhere: .* does not exist; the pipeline comes first, here "\." \(this folder\)\.\n$/,
    );
  });
});
