/** Why the nodes of a round run: which edit each of them follows from. */

/** An edited file, or a folder in which names changed, by its path as messages have it. */
export interface EditedFile {
  readonly file: string;
  readonly how: 'changed' | 'added' | 'removed';
}

/** A node that the plan lets run, for what is known before it starts. */
export interface NodeToRun {
  readonly node: string;
  /** As the plan has it. */
  readonly reason: string;
  /**
   * The files and folders that its key is made from: sources of its code, its inputs, what its stage declares to read.
   */
  readonly files: readonly string[];
  /** Whether the round before would have run just the same, and did not: it failed, or was interrupted. */
  readonly isLeft: boolean;
}

export interface Cause {
  /** `left`: an earlier round should have run the nodes just so, and did not finish. */
  readonly kind: 'edited' | 'left';
  /** The edited files that the nodes follow from; empty where no file says it. */
  readonly files: readonly EditedFile[];
  readonly nodes: readonly string[];
  /** The plan's reasons, each once, the most frequent first. */
  readonly reasons: readonly string[];
}

/**
 * Each cause once: files that nodes are made from, in their order; then what the other files changed, such as
 * parameters and wiring; then what is left from before.
 */
export function causesOf(edited: readonly EditedFile[], nodes: readonly NodeToRun[]): readonly Cause[] {
  const fresh = nodes.filter(({ isLeft }) => !isLeft);
  const claimed = new Set<NodeToRun>();
  const causes: Cause[] = [];
  const others: EditedFile[] = [];
  for (const file of edited) {
    const own = fresh.filter(({ files }) =>
      files.some((each) => file.file === each || file.file.startsWith(`${each}/`)),
    );
    for (const node of own) claimed.add(node);
    if (own.length > 0) causes.push(cause('edited', [file], own));
    else others.push(file);
  }
  const rest = fresh.filter((node) => !claimed.has(node));
  if (rest.length > 0) causes.push(cause('edited', others.length > 0 ? others : edited, rest));
  const left = nodes.filter(({ isLeft }) => isLeft);
  if (left.length > 0) causes.push(cause('left', [], left));
  return causes;
}

function cause(kind: Cause['kind'], files: readonly EditedFile[], nodes: readonly NodeToRun[]): Cause {
  const counts = new Map<string, number>();
  for (const { reason } of nodes) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].sort(([, a], [, b]) => b - a).map(([reason]) => reason);
  return { kind, files, nodes: nodes.map(({ node }) => node), reasons };
}
