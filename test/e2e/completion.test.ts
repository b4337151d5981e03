/** Completion, asked as shells ask: by the functions that the printed scripts define, in real shells. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { completedProject } from '../helpers/completed-project.ts';

const run = promisify(execFile);
const project = completedProject();

/** The functions as they are printed, which a user's shell reads once. */
const script = (name: string): string => project.beside(`restage.${name}`);

/** The command lines by which each shell writes what it offers for a line with the cursor at its end. */
const SHELLS: Readonly<Record<string, (line: string) => readonly string[]>> = {
  bash: (line) => [
    '--norc',
    '-c',
    'source "$2"; COMP_LINE=$1 COMP_POINT=${#1}; _restage; printf "%s\\n" "${COMPREPLY[@]}"',
    'bash',
    line,
    script('bash'),
  ],
  // Outside of its line editor zsh has no compadd; the function is the same.
  zsh: (line) => [
    '-f',
    '-c',
    'compadd() { while [[ $1 != -a ]]; do shift; done; print -rl -- ${(P)2} }; _files() { print -r -- FILES }; source "$2"; words=("${(@s: :)1}"); CURRENT=$#words; PREFIX=$words[-1]; _restage',
    'zsh',
    line,
    script('zsh'),
  ],
  fish: (line) => ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script('fish'), line],
};

/** A `restage` that passes its words to this process, and prints what this process answers. */
const bin = project.beside('bin');
const ASKING = `#!/bin/sh
printf '%s\\n' "$@" > '${join(bin, 'question')}'
cat '${join(bin, 'answer')}'
`;

/** Answers what shells ask, until nothing is asked: Node would start for each, which is most of what it costs. */
async function answer(): Promise<void> {
  for (;;) {
    const question = await text(createReadStream(join(bin, 'question')));
    if (question === '') return;
    const { stdout } = await project.restage(question.split('\n').slice(0, -1));
    await writeFile(join(bin, 'answer'), stdout);
  }
}
let answering: Promise<void>;

async function offered(name: string, line: string, path = process.env['PATH']): Promise<readonly string[]> {
  const { stdout } = await run(name, SHELLS[name]!(line), { cwd: project.root, env: { ...process.env, PATH: path } });
  return stdout
    .split('\n')
    .filter((each) => each !== '')
    .map((each) => (name === 'fish' ? each.split('\t')[0]! : each))
    .sort();
}

beforeAll(async () => {
  mkdirSync(bin);
  writeFileSync(join(bin, 'restage'), ASKING);
  chmodSync(join(bin, 'restage'), 0o755);
  execFileSync('mkfifo', [join(bin, 'question'), join(bin, 'answer')]);
  answering = answer();
  for (const name of Object.keys(SHELLS))
    writeFileSync(script(name), (await project.restage(['completion', name])).stdout);
  expect((await project.restage(['plan', 'pipelines/line'])).code).toBe(0);
});

afterAll(() => Promise.all([answering, writeFile(join(bin, 'question'), '')]));

describe.each(Object.keys(SHELLS))('in %s', (name) => {
  const absent = spawnSync(name, ['-c', 'true']).error !== undefined;
  beforeEach(({ skip }) => skip(absent, `${name} is not installed`));

  /** What is offered where the shell finds a `restage`. */
  const offers = (line: string): Promise<readonly string[]> =>
    offered(name, line, `${bin}${delimiter}${process.env['PATH']}`);

  test('verbs are completed', async () => {
    expect(await offers('restage st')).toEqual(['status']);
    expect(await offers('restage ')).toEqual(expect.arrayContaining(['run', 'plan', 'init', 'completion']));
  });

  test('so are options, and their values', async () => {
    expect(await offers('restage run --fail')).toEqual(['--fail-fast']);
    expect(await offers('restage graph pipelines/line --format s')).toEqual(['svg']);
    expect(await offers('restage run pipelines/line --backend port')).toEqual(['portable']);
    expect(await offers('restage completion b')).toEqual(['bash']);
  });

  test('so are pipelines, and the parameters and nodes of a planned one', async () => {
    expect(await offers('restage run pipelines/l')).toContain('pipelines/line');
    expect(await offers('restage run pipelines/line -S fo')).toEqual(['folds=']);
    expect(await offers('restage run pipelines/line -S deep.')).toEqual(['deep.rate=']);
    expect(await offers('restage run pipelines/line f')).toEqual(['fit', 'fit@fold=0', 'fit@fold=1']);
    expect(await offers('restage get pipelines/line fit@fold=1.')).toContain(
      name === 'bash' ? '1.line' : 'fit@fold=1.line',
    );
  });

  test('the restage that has printed the script is asked where the shell finds none', async () => {
    expect(await offered(name, 'restage run pipelines/l')).toContain('pipelines/line');
  });
});
