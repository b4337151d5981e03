import { beforeAll, describe, expect, test } from 'vitest';
import type { InProcessProject } from '../../helpers/in-process-project.ts';
import { ask, chainProject, edit } from './chain-project.ts';

const NEUTRAL = 'start + k + 0';

test('try', async () => {
  const project = chainProject();
  await project.run();
  edit(project, { part: NEUTRAL });
  const p = async (...a: string[]) => { const r = await ask(project, ...a); console.log('$', a.join(' '), '=>', r.code, '\n' + r.stdout + r.stderr); return r; };
  await p('plan', project.root);
  await p('accept', 'part', '-n');
  await p('accept', 'sum', '-m', 'x');
  await p('accept', 'prt', '-m', 'x');
  await p('accept', 'part', '-m', 'adds nothing');
  await p('accept', 'part', '-m', 'adds nothing');
  await p('plan', project.root);
  await p('status', project.root);
  await p('run', project.root, '--reporter', 'plain');
  await p('run', project.root, '--reporter', 'plain');
  await p('plan', project.root);
  await p('log', '3');
  await p('show', 'part@k=1');
  await p('why', 'part@k=1');
  await p('accept', '--list');
  await p('accept', '--revoke', 'part@k=1', '-m', 'it does');
  await p('accept', '--list');
  await p('plan', project.root);
  await p('run', project.root, '--reporter', 'plain');
  await p('run', project.root, '--reporter', 'plain');
  await p('plan', project.root);
  await p('run', project.root, '--reporter', 'plain', '--force', 'part@k=0');
  await p('accept', '--list');
});
