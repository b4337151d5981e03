/** Many names in few words, and lines that end where the terminal does. */
import { cellWidth } from '../../../ui/text/cells.ts';

const NAMED = 3;

/** `fit, score`; more than three by what stands before their `@`: `30 train-fold, 3 score`. */
export function nodeNames(nodes: readonly string[]): readonly string[] {
  if (nodes.length <= NAMED) return nodes;
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const name = node.split('@', 1)[0]!;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) =>
    count === 1 ? nodes.find((node) => node.startsWith(name))! : `${count} ${name}`,
  );
}

/** The words behind a beginning, with commas, and further lines indented by as much as it is wide. */
export function wrapped(beginning: string, words: readonly string[], width: number): readonly string[] {
  const indent = ' '.repeat(Math.min(cellWidth(beginning), 24));
  const lines = [beginning];
  for (const [at, word] of words.entries()) {
    const text = at === words.length - 1 ? word : `${word},`;
    const line = lines.at(-1)!;
    const isFirst = line === beginning || line === indent;
    if (isFirst || cellWidth(line) + 1 + cellWidth(text) <= width)
      lines[lines.length - 1] = `${line}${isFirst ? '' : ' '}${text}`;
    else lines.push(indent + text);
  }
  return lines;
}
