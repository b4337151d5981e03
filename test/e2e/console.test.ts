/** What a pipeline's file says while it is loaded never mixes with what restage prints. */
import { describe, expect, test } from 'vitest';
import { makeProject, type Project } from '../helpers/project.ts';

const STAGES = `import { json, stage } from 'restage';
import { z } from 'zod';

export const one = stage({
  name: 'lab/one',
  params: z.strictObject({}),
  inputs: {},
  outputs: { x: json<number>() },
  run() {
    console.log('said by the stage');
    process.stdout.write('half a line of the stage');
    return { x: 1 };
  },
});
`;

const PIPELINE = `import { pipeline } from 'restage';
import { z } from 'zod';
import { one } from './stages.ts';

console.log('log %d', 1);
console.info('info');
console.debug('debug');
console.warn('warn');
console.error('error');
console.dir({ dir: 1 });
console.table([{ table: 1 }]);
console.group('group');
console.groupEnd();
console.assert(false, 'assert');
console.count('count');
process.stdout.write('half a line of the file');

export default pipeline({
  name: 'talkative',
  params: z.strictObject({ said: z.string().default('built') }),
  build(p, { said }) {
    console.log(said);
    return { x: p.add(one, { params: {}, executor: 'in-process' }).out.x };
  },
});
`;

function talkative(): Project {
  return makeProject().write('stages.ts', STAGES).write('index.ts', PIPELINE);
}

describe('a pipeline whose file and stages write to the console and to standard output', () => {
  for (const verb of ['run', 'plan', 'status', 'graph'])
    test(`leaves the JSON of restage ${verb} valid: it goes to standard error`, async () => {
      const project = talkative();
      const { code, stdout, stderr } = await project.restage([verb, project.root, '--json']);
      expect(code).toBe(0);
      const documents = verb === 'run' ? stdout.trim().split('\n') : [stdout];
      for (const document of documents) expect(() => JSON.parse(document) as unknown).not.toThrow();
      for (const word of [
        'log 1',
        'info',
        'debug',
        'warn',
        'error',
        '{ dir: 1 }',
        'table',
        'group',
        'assert',
        'count: 1',
      ])
        expect(stderr).toContain(word);
      for (const word of ['built', 'half a line of the file']) expect(stderr).toContain(word);
      // What the stage says is in its log, and in none of the streams.
      expect(stderr).not.toContain('said by the stage');
      if (verb !== 'run') return;
      expect(stdout).toContain('"text":"said by the stage"');
      expect(stderr).toContain('half a line of the stage');
    });
});
