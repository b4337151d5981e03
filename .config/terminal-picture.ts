/**
 * Makes `.github/terminal.svg`, the picture in the README: runs the reference pipeline in a terminal (tmux), in a
 * project of its own, and draws the terminal's content in the middle of training. `npm run picture`
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ansiToSvg } from './ansi-svg.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PICTURE = '.github/terminal.svg';
const COLUMNS = 96;
const ROWS = 30;
const COMMAND = 'restage run pipelines/higgs';
/** Some networks are trained, two others are well on their way. */
const MOMENT = /train-fold .*[2-9]\/10[^]*fold=.* (6\d|7\d|8\d)\/135/;
const MOST_MS = 600_000;

const directory = mkdtempSync(join(tmpdir(), 'restage-picture-'));
const env = { ...process.env, TMUX_TMPDIR: directory, TMUX: undefined, CI: undefined, NO_COLOR: undefined };
const tmux = (...args: readonly string[]): string =>
  execFileSync('tmux', ['-f', '/dev/null', ...args], { encoding: 'utf8', env });

try {
  const project = join(directory, 'project');
  mkdirSync(project);
  for (const name of ['pipelines', 'package-lock.json'])
    cpSync(join(ROOT, name), join(project, name), { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "name": "picture", "private": true, "type": "module" }');
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(ROOT, join(project, 'node_modules/restage'));
  symlinkSync(join(ROOT, 'node_modules/zod'), join(project, 'node_modules/zod'));
  tmux('new-session', '-d', '-s', 'picture', '-c', project, '-x', `${COLUMNS}`, '-y', `${ROWS}`, 'sh');
  const cli = join(ROOT, 'dist/cli/bin.js');
  tmux('send-keys', '-t', 'picture', `clear; node ${cli} run pipelines/higgs`, 'Enter');
  const deadline = Date.now() + MOST_MS;
  let screen: string;
  do {
    if (Date.now() > deadline) throw new Error('The run did not come so far in ten minutes.');
    await new Promise((resolve) => setTimeout(resolve, 200));
    screen = tmux('capture-pane', '-p', '-t', 'picture');
  } while (!MOMENT.test(screen));
  // Again, with colours, from the view's first line on.
  const lines = tmux('capture-pane', '-p', '-e', '-t', 'picture').split('\n');
  const first = lines.findIndex((line) => line.includes(COMMAND) && !line.includes('main.js'));
  mkdirSync(join(ROOT, '.github'), { recursive: true });
  const title = `${COMMAND}, seen in a terminal while ten networks are trained`;
  writeFileSync(join(ROOT, PICTURE), ansiToSvg(lines.slice(first).join('\n'), { title, columns: COLUMNS }));
  tmux('send-keys', '-t', 'picture', 'q');
  console.log(`${PICTURE} is written.`);
} finally {
  spawnSync('tmux', ['kill-server'], { env });
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
}
