/** The Markdown pages of the repository, and their fenced blocks with what the page says about running them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  /** Path of the page, relative to the repository. */
  readonly page: string;
  /** Line of the fence, from 1. */
  readonly line: number;
  /** `ts`, `sh`, `sql`, ...; empty if the fence names none. */
  readonly language: string;
  readonly text: string;
  /** For a `ts` block that begins with a comment such as `// pi/index.ts`: that path. */
  readonly file: string | undefined;
  /** From the comment `<!-- not run: ... -->` in the line before. */
  readonly notRun: string | undefined;
}

/** README.md and every page of docs/ and .github/, as paths relative to the repository. */
export function pages(): readonly string[] {
  const inFolder = (folder: string): readonly string[] =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
  return ['README.md', 'src/README.md', 'CHANGELOG.md', ...inFolder('docs'), ...inFolder('.github')]
    .filter((path) => path.endsWith('.md'))
    .sort();
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** @throws Error if a fence is not closed */
export function blocksOf(page: string, text = readPage(page)): readonly Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const language = /^```(\w*)$/.exec(lines[i]!)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`${page}:${i + 1}: the block has no end.`);
    const content = lines.slice(i + 1, end);
    blocks.push({
      page,
      line: i + 1,
      language,
      text: `${content.join('\n')}\n`,
      file: language === 'ts' ? /^\/\/ (\S+\.ts)$/.exec(content[0] ?? '')?.[1] : undefined,
      notRun: /^<!-- not run: (.+) -->$/.exec(lines[i - 1] ?? '')?.[1],
    });
    i = end;
  }
  return blocks;
}
