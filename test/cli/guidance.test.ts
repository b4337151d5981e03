/** What a newcomer gets wrong, and the one sentence that sets it right. */
import { mkdirSync, rmSync, unlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { projectAbove } from '../helpers/project-above.ts';

const STAGE = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
export const fit = stage({
  name: 'lab/fit',
  params: z.strictObject({ slope: z.number().default(1) }),
  inputs: {},
  outputs: { line: json<number>() },
  run: ({ params }) => ({ line: params.slope }),
});
`;
const PIPELINE = `export default pipeline({
  name: 'lab',
  params: z.strictObject({
    slope: z.number().positive().default(1),
    how: z.enum(['least-squares', 'median']).default('median'),
    rows: z.int().default(3),
  }),
  build(p, { slope }) { return { line: p.add(fit, { params: { slope } }).out.line }; },
});
`;

/** A project whose pipeline is in a folder of pipelines. */
function lab(source = STAGE + PIPELINE): InProcessProject {
  return makeInProcessProject().write('pipelines/line/index.ts', source);
}

async function complaint(project: InProcessProject, words: readonly string[], cwd = project.root): Promise<string> {
  const { code, stdout, stderr } = await project.restage(words, { cwd });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^restage: [^\n]+\n$/);
  return stderr.slice('restage: '.length, -1).replaceAll(project.root, '~');
}

describe('a pipeline that is named wrongly, or not at all', () => {
  const project = lab();
  mkdirSync(project.path('elsewhere'));
  const PATHS: readonly (readonly [words: readonly string[], sentence: string, cwd?: string])[] = [
    [['run'], 'restage run needs a pipeline, here pipelines/line; write for example: restage run pipelines/line'],
    [['plan'], 'restage plan needs a pipeline, here pipelines/line; write for example: restage plan pipelines/line'],
    [
      ['status'],
      'restage status needs a pipeline, here ../pipelines/line; write for example: restage status ../pipelines/line',
      'elsewhere',
    ],
    [['pipelines/line'], '"pipelines/line" is not a verb; to run it as a pipeline, write: restage run pipelines/line'],
    [
      ['run', 'line'],
      'There is no pipeline at line: ~/line does not exist (did you mean "pipelines/line"?); name a folder or a file.',
    ],
    [
      ['run', 'pipelines/lien'],
      'There is no pipeline at pipelines/lien: ~/pipelines/lien does not exist (did you mean "pipelines/line"?); name a folder or a file.',
    ],
    [
      ['run', 'pipelines/line'],
      'There is no pipeline at pipelines/line: ~/elsewhere/pipelines/line does not exist (did you mean "../pipelines/line"?); name a folder or a file.',
      'elsewhere',
    ],
    [
      ['run', 'summary'],
      'There is no pipeline at summary: ~/summary does not exist; the pipeline comes first, here pipelines/line.',
    ],
    [['run', 'pipelines'], 'The folder pipelines itself holds no pipeline; name pipelines/line.'],
    [['run', 'elsewhere'], 'The folder elsewhere holds no pipeline; it needs an index.ts whose default export is one.'],
    [
      ['run', 'package.json'],
      'package.json is not a pipeline: a pipeline is a TypeScript or JavaScript file, or a folder with one.',
    ],
    [
      ['log'],
      'There is no cache in ~/cache; run a pipeline first (restage run pipelines/line), or name another directory with --cache DIR.',
    ],
  ];
  for (const [words, sentence, cwd] of PATHS)
    test(`restage ${words.join(' ')}${cwd === undefined ? '' : ` in ${cwd}`}`, async () => {
      expect(await complaint(project, words, cwd === undefined ? project.root : project.path(cwd))).toBe(sentence);
    });

  test('of a folder that holds none, and has none near, is told how one is made', async () => {
    const empty = makeInProcessProject();
    expect(await complaint(empty, ['run'])).toBe(
      'restage run needs a pipeline, and ~ has none, nor has a folder below; go to your project, or make one with: restage init my-project',
    );
  });

  test('is the working directory, if that holds one', async () => {
    const { code, stdout } = await project.restage(['plan'], { cwd: project.path('pipelines/line') });
    expect([code, stdout]).toEqual([0, expect.stringContaining('lab: 1 to run')]);
  });
});

describe('a parameter, a target or a name on record that is wrong', () => {
  const project = lab();
  const WORDS: readonly (readonly [words: string, sentence: string])[] = [
    ['run P -S slop=2', 'Pipeline lab has no parameter slop (did you mean "slope"?); it has slope, how, rows.'],
    ['run P -S slope', '-S slope is not of the form path=value; write for example -S slope=10'],
    ['run P -S slope=steep', 'Parameter slope of pipeline lab cannot be "steep"; it takes a number.'],
    ['run P -S slope=-1', 'Parameter slope of pipeline lab must be greater than 0, and is -1.'],
    ['run P -S rows=1.5', 'Parameter rows of pipeline lab cannot be 1.5; it takes a whole number.'],
    [
      'run P -S how=least-square',
      'Parameter how of pipeline lab cannot be "least-square" (did you mean "least-squares"?); it takes least-squares or median.',
    ],
    ['run P slope=2', 'Pipeline lab has no node, stage or output "slope=2"; a parameter is set with -S slope=2.'],
    ['run P --slope=2', 'restage run has no option --slope=2; a parameter is set with -S slope=2.'],
    ['run P fti', 'Pipeline lab has no node, stage or output "fti" (did you mean "fit"?); "restage graph" shows them.'],
    [
      'run P fit.lime',
      'Pipeline lab has no node, stage or output "fit.lime" (did you mean "fit.line"?); "restage graph" shows them.',
    ],
    ['run P --backend portble', 'There is no backend "portble" (did you mean "portable"?); choose one of'],
    [
      'run P --executor slrum',
      'There is no executor "slrum" (did you mean "slurm"?); give one of worker, in-process, slurm, condor.',
    ],
    ['plan P --executor bogus', 'There is no executor "bogus"; give one of worker, in-process, slurm, condor.'],
    [
      'run P --dry-run --executor bogus',
      'There is no executor "bogus"; give one of worker, in-process, slurm, condor.',
    ],
    [
      'run P --detach',
      '--detach ends a run whose nodes execute elsewhere, and all nodes of lab execute on this machine; leave it out, or give an executor with --executor slurm or condor.',
    ],
    [
      'run P --fail-fast --max-failures 2',
      '--fail-fast and --max-failures of restage run exclude each other; give one of them.',
    ],
    ['run P -S --force', '-S needs path=value behind it, and --force follows; write for example -S rate=10 --force'],
    ['run P --reporter jsn', '--reporter must be ink, plain or json, not jsn (did you mean "json"?).'],
    [
      'run P --device cpuu',
      'There is no device "cpuu" (did you mean "cpu"?); it is cpu, gpu, gpu:N, software or auto.',
    ],
    ['get fit.lime', 'fit has no output lime (did you mean "line"?); it has line.'],
    ['show fit.lime', 'fit has no output lime (did you mean "line"?); it has line.'],
    [
      'get fot.line',
      'Nothing in the cache ~/cache is called fot.line (did you mean "fit.line"?); give a node, run:N, a tag, or at least the first 4 digits of a digest.',
    ],
    [
      'show basline',
      'Nothing in the cache ~/cache is called basline (did you mean "baseline"?); give a node, run:N, a tag, or at least the first 4 digits of a digest.',
    ],
    [
      'get line',
      'line is a result of run 1, the output fit.line; write fit.line, or run:1/fit.line for that of this run.',
    ],
    ['how run:1/line', 'line is a result of run 1, the output fit.line; write run:1/fit.line.'],
    ['run ', 'The name of the pipeline is empty; give a folder or a file, or leave it out.'],
    ['show ', 'A name is empty; give a node, run:N, a tag, or at least the first 4 digits of a digest.'],
    [
      'tag --delete baseline',
      '--delete needs what is tagged and the tag; write for example: restage tag run:1 baseline --delete',
    ],
    [
      'tag baseline --delete',
      '--delete needs what is tagged and the tag; write for example: restage tag run:1 baseline --delete',
    ],
    ['tag baseline', 'restage tag baseline needs a name for it; write for example: restage tag baseline baseline'],
    [
      'get pipelines/line',
      'pipelines/line is a pipeline, not something in the cache; name what you want of it after it, such as pipelines/line fit.',
    ],
  ];
  test.each(WORDS)('restage %s', async (words, sentence) => {
    if ((await project.restage(['log'])).code !== 0) {
      await project.restage(['run', 'pipelines/line']);
      await project.restage(['tag', 'run:1', 'baseline']);
    }
    const told = await complaint(project, words.replace(' P', ' pipelines/line').split(' '));
    expect(told.slice(0, sentence.length)).toBe(sentence);
  });

  test('a result has no value in a run that failed, and the latest run with a value is named', async () => {
    const failing = STAGE.replace(
      '({ line: params.slope })',
      "{ if (params.slope === 2) throw new Error('steep'); return { line: params.slope }; }",
    );
    const other = lab(failing + PIPELINE);
    expect((await other.restage(['run', 'pipelines/line'])).code).toBe(0);
    expect((await other.restage(['run', 'pipelines/line', '-S', 'slope=2'])).code).toBe(1);
    expect(await complaint(other, ['how', 'line'])).toMatch(/^line is a result of run 1, the output fit\.line; write /);
    expect(await complaint(other, ['how', 'run:2/line'])).toBe(
      'line is a result of run 2 that has no value: fit has no state in this run; "restage log 2" says why.',
    );
  });

  test('an executor that the settings name is refused by a plan as by a run', async () => {
    const other = lab();
    other.write('package.json', JSON.stringify({ type: 'module', restage: { executor: 'slrum' } }));
    for (const verb of ['run', 'plan'])
      expect(await complaint(other, [verb, 'pipelines/line'])).toContain('name the executor "slrum", which does not');
    expect(await other.restage(['plan', 'pipelines/line', '--executor', 'worker'])).toMatchObject({ code: 0 });
  });
});

describe('a file that is not a pipeline yet', () => {
  const FILES: readonly (readonly [what: string, source: string, sentence: string])[] = [
    [
      'exports it by name',
      STAGE + PIPELINE.replace('export default', 'export const line ='),
      'pipelines/line/index.ts exports its pipeline as line, but it must be the default export; write "export default line;".',
    ],
    [
      'exports a stage',
      `${STAGE}export default fit;\n`,
      'pipelines/line/index.ts has no pipeline as its default export, but a stage; write "export default pipeline({...})".',
    ],
    [
      'forgets the name of a stage',
      STAGE.replace("name: 'lab/fit',", '') + PIPELINE,
      'A stage is declared without a name, such as "lab/fit"; "npx tsc --noEmit" finds such slips before a run does.',
    ],
    [
      'forgets the parameters of a stage',
      STAGE.replace(/params: z.*,\n/, '') + PIPELINE,
      'The stage lab/fit is declared without params, a zod schema such as z.strictObject({}); "npx tsc --noEmit" finds such slips before a run does.',
    ],
    [
      'forgets the build',
      `${STAGE}export default pipeline({ name: 'lab', params: z.strictObject({}) });\n`,
      'The pipeline lab is declared without build, the function that wires the stages; "npx tsc --noEmit" finds such slips before a run does.',
    ],
  ];
  test.each(FILES)('%s', async (_, source, sentence) => {
    expect(await complaint(lab(source), ['run', 'pipelines/line'])).toBe(sentence);
  });

  test('adds a stage without options, which is fine', async () => {
    const project = lab(STAGE + PIPELINE.replace('p.add(fit, { params: { slope } })', 'p.add(fit)'));
    expect(await project.restage(['run', 'pipelines/line'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('cannot find its packages, for each reason by its name', async () => {
    const project = lab();
    unlinkSync(project.path('node_modules/zod'));
    expect(await complaint(project, ['run', 'pipelines/line'])).toBe(
      'Cannot find the package zod, imported at pipelines/line/index.ts:2:1; install it with `npm i zod`.',
    );
    project.write('package.json', '{ "name": ');
    expect(await complaint(project, ['run', 'pipelines/line'])).toBe(
      '~/package.json is not JSON, so the package restage, imported at pipelines/line/index.ts:1:1, cannot be found; fix it.',
    );
  });

  test('cannot find its packages, without a project', async ({ skip }) => {
    const project = lab();
    const above = projectAbove(project.root);
    skip(above !== undefined, above);
    rmSync(project.path('package.json'));
    expect(await complaint(project, ['run', 'pipelines/line'])).toBe(
      'There is no package.json above ~/pipelines/line/index.ts, so its packages cannot be found; make one with "npm init" and install restage there.',
    );
  });
});

describe('every end of a verb tells the next step', () => {
  const project = lab();
  const told = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await project.restage(words);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  test('before anything is run', async () => {
    expect(await told('plan', 'pipelines/line')).toContain('lab: 1 to run');
    expect(await told('log')).toBe('No run is on record yet; make one with: restage run <pipeline>\n');
    expect(await told('tag')).toBe('Nothing is tagged yet; write for example: restage tag run:1 baseline\n');
    expect(await told('status', 'pipelines/line')).toMatch(
      /\nlab has not run yet; start it with: restage run pipelines\/line\n$/,
    );
  });

  test('after the first run, but not after those that found something there', async () => {
    const first = await told('run', 'pipelines/line');
    expect(first.slice(first.indexOf('Next:'))).toBe(
      [
        'Next:',
        '  restage show fit                           # how this was made',
        '  restage log 1                              # what ran',
        '  restage plan pipelines/line -S path=value  # what a change would run again',
        '',
      ].join('\n'),
    );
    expect(await told('run', 'pipelines/line')).not.toContain('Next:');
    expect(await told('status', 'pipelines/line')).toContain('lab: its one node is up to date');
    expect(await told('log', '--tag', 'x')).toBe('No run has the tag x; "restage tag --list" shows what is tagged.\n');
  });

  test('of a pipeline, its parameters, stages and results are shown', async () => {
    expect(await told('show', 'pipelines/line', '-S', 'slope=2')).toBe(
      [
        'pipeline lab: 1 node',
        'parameters (set one with -S path=value)',
        '  slope  2         number, > 0',
        '  how    "median"  least-squares | median',
        '  rows   3         whole number',
        'stages',
        '  lab/fit  fit',
        'results',
        '  line  fit.line',
        '"restage status pipelines/line" shows how much of it is up to date',
        '',
      ].join('\n'),
    );
    expect(await told('show', 'fit.line')).toContain('made by 1 state');
  });
});

describe('restage alone', () => {
  test('prints a short help with three examples that fit the place, and is not an error', async () => {
    const project = lab();
    const here = await project.restage([]);
    expect(here).toMatchObject({ code: 0, stderr: '' });
    expect(here.stdout.split('\n').filter((line) => line.startsWith('  restage '))).toHaveLength(3);
    expect(here.stdout).toContain('  restage run pipelines/line ');
    expect(here.stdout.split('\n').length).toBeLessThan(10);
    const nowhere = await makeInProcessProject().restage([]);
    expect(nowhere.stdout).toContain('  restage init my-project ');
  });
});
