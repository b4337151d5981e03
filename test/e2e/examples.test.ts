/** The two small examples as a user runs them: their time is not tested, their output and what runs again are. */
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeInProcessProject, type InProcessProject } from '../helpers/in-process-project.ts';

const FILE = 'pipelines/light/michelson-1879.csv';

function exampleProject(example: string): InProcessProject {
  const project = makeInProcessProject();
  const source = fileURLToPath(new URL(`../../pipelines/${example}`, import.meta.url));
  cpSync(source, project.path(`pipelines/${example}`), { recursive: true });
  return project;
}

async function run(project: InProcessProject, example: string, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await project.restage([
    'run',
    `pipelines/${example}`,
    '--reporter',
    'plain',
    '--cache',
    project.cache,
    ...more,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('the example "orbit"', () => {
  test('prints the order of each method, and gives its plot as a file', async () => {
    const project = exampleProject('orbit');
    const told = await run(project, 'orbit');
    for (const line of [/euler\s+0\.9/, /midpoint\s+1\.9/, /runge-kutta\s+4\.0/]) expect(told).toMatch(line);
    const got = await project.restage(['get', 'plot.svg', '-o', 'orbit.svg', '--cache', project.cache]);
    expect(got.code).toBe(0);
    expect(project.read('orbit.svg')).toMatch(/^<svg [^]*<\/svg>\n$/);
  });
});

describe('the example "light"', () => {
  test('prints the speed of each experiment, in km/s, and estimates again with another number of samples', async () => {
    const project = exampleProject('light');
    const told = await run(project, 'light');
    expect(told).toMatch(/299909 ± 2\d/);
    expect(told).toMatch(/inAir\s+299842/);
    await run(project, 'light', '-S', 'bootstrapSamples=500');
    const ran = Object.entries(project.visits(2)).filter(([, outcome]) => outcome === 'ran');
    expect(ran.map(([node]) => node)).toEqual(['compare', ...[1, 2, 3, 4, 5].map((n) => `estimate@experiment=${n}`)]);
  });

  test('runs nothing below the cleaning stage after an edit that leaves the measurements as they are', async () => {
    const project = exampleProject('light');
    await run(project, 'light');
    const [header, ...lines] = project.read(FILE).trimEnd().split('\n');
    project.write(FILE, [header, ...lines.reverse(), '1,4,300070,this line is here twice', ''].join('\n'));
    await run(project, 'light');
    const visits = Object.entries(project.visits(2));
    expect(visits.filter(([, outcome]) => outcome === 'ran').map(([node]) => node)).toEqual(['clean']);
    expect(visits.filter(([, outcome]) => outcome === 'cut-off')).toHaveLength(11);
  });

  test('estimates again only the experiment of which a measurement changes', async () => {
    const project = exampleProject('light');
    await run(project, 'light');
    project.edit(FILE, '\n3,7,299620,', '\n3,7,299820,');
    await run(project, 'light');
    const ran = Object.entries(project.visits(2)).filter(([, outcome]) => outcome === 'ran');
    const picked = [1, 2, 3, 4, 5].map((experiment) => `one-experiment@experiment=${experiment}`);
    expect(ran.map(([node]) => node)).toEqual(['clean', 'compare', 'estimate@experiment=3', ...picked]);
  });
});
