/**
 * A lint of prose: finds phrases of `plain-words-list.ts` in comments, strings, templates, JSX and test titles of
 * TypeScript, and in all of Markdown and shell scripts. It prints `file:line: phrase -> plain form`, and exits with 1
 * if there are any. Arguments limit it to files below these paths.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { FROZEN, RULES } from './plain-words-list.ts';

export interface Stumble {
  readonly file: string;
  readonly line: number;
  readonly phrase: string;
  readonly plain: string;
}

/** A piece of prose: its text on one line, and where in the file each of its characters is. */
interface Prose {
  readonly text: string;
  readonly offsets: readonly number[];
}

/** The phrases in a file's prose. The name decides how prose is found: by its ending. */
export function stumbles(file: string, content: string): readonly Stumble[] {
  const prose = /\.(ts|tsx|js)$/.test(file) ? proseOfCode(file, content) : [unwrapped(content, 0)];
  return prose.flatMap(({ text, offsets }) =>
    RULES.flatMap(({ pattern, plain }) =>
      [...text.matchAll(new RegExp(pattern, 'gi'))].map((match) => {
        const line = content.slice(0, offsets[match.index]).split('\n').length;
        return { file, line, phrase: match[0].trim(), plain };
      }),
    ),
  );
}

function proseOfCode(file: string, content: string): readonly Prose[] {
  const kind = file.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true, kind);
  const found: Prose[] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const children = node.getChildren(source);
    if (ts.isTemplateExpression(node)) found.push(templateText(node, source, content));
    if (children.length === 0) {
      const start = node.getStart(source);
      // Before a token there is white space and comments.
      found.push(...comments(content, node.pos, start));
      const isText =
        ts.isStringLiteralLike(node) || node.kind === ts.SyntaxKind.JsxText || ts.isNoSubstitutionTemplateLiteral(node);
      if (isText) found.push(unwrapped(content.slice(start, node.end), start));
    }
    children.forEach(visit);
  };
  visit(source);
  return found;
}

/** Lines of `//` that follow each other are one comment. */
function comments(content: string, start: number, end: number): readonly Prose[] {
  const trivia = content.slice(start, end);
  return [...trivia.matchAll(/\/\*[\s\S]*?\*\/|\/\/.*(?:\s*\n\s*\/\/.*)*/g)].map((match) =>
    unwrapped(match[0], start + match.index),
  );
}

/** A template with its holes as `…`. */
function templateText(node: ts.TemplateExpression, source: ts.SourceFile, content: string): Prose {
  const parts = [node.head, ...node.templateSpans.map(({ literal }) => literal)].map((part) => {
    const start = part.getStart(source);
    return unwrapped(content.slice(start, part.end).replace(/\$\{$/, '…').replace(/^\}/, ' '), start);
  });
  return { text: parts.map(({ text }) => text).join(''), offsets: parts.flatMap(({ offsets }) => offsets) };
}

/** Line breaks, with the marks of comments, quotations and lists that follow them, as one space. */
function unwrapped(raw: string, start: number): Prose {
  let text = '';
  const offsets: number[] = [];
  const breaks = /\s*\n[ \t]*(?:\*(?!\*|\/)|\/\/|>|#+)?[ \t]*|[ \t]+/y;
  for (let i = 0; i < raw.length;) {
    breaks.lastIndex = i;
    const found = breaks.exec(raw)?.[0];
    // An empty line ends a sentence.
    const isParagraph =
      found !== undefined && /\n[ \t*/>#]*\n/.test(`${found}${raw.slice(i + found.length, i + found.length + 1)}`);
    text += found === undefined ? raw[i]! : isParagraph ? '\n' : ' ';
    offsets.push(start + i);
    i += found?.length ?? 1;
  }
  return { text, offsets };
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHECKED = /\.(ts|tsx|js|md|sh|bash|zsh|fish|py|yml)$|^\.ci\//;
/** The files that quote the phrases. */
const EXCEPT = ['.config/plain-words-list.ts', 'test/architecture/plain-words.test.ts'];

/** Every checked file of the repository that git knows or would add. */
function checkedFiles(below: readonly string[]): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((file) => CHECKED.test(file) && !EXCEPT.includes(file))
    .filter((file) => below.length === 0 || below.some((path) => file === path || file.startsWith(`${path}/`)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = checkedFiles(process.argv.slice(2)).flatMap((file) =>
    stumbles(file, readFileSync(`${ROOT}${file}`, 'utf8')).filter(
      ({ phrase }) => !FROZEN.some((frozen) => frozen.file === file && frozen.phrase === phrase),
    ),
  );
  for (const { file, line, phrase, plain } of found) console.log(`${file}:${line}: "${phrase}" -> ${plain}`);
  if (found.length > 0) {
    console.log(`${found.length} phrases a native reader stumbles over; the list is in .config/plain-words-list.ts.`);
    process.exitCode = 1;
  }
}
