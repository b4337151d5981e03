/** Strongly connected components of what refers to what (Tarjan, SIAM J. Comput. 1, 1972). */

/**
 * Components in an order in which each comes after all those that it leads to. Within a component, members are in the
 * order of their discovery.
 */
export function componentsOf<Node>(
  roots: readonly Node[],
  next: (node: Node) => Iterable<Node>,
): readonly (readonly Node[])[] {
  const index = new Map<Node, number>();
  const low = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();
  const found: Node[][] = [];
  const enter = (node: Node): Frame<Node> => {
    index.set(node, index.size);
    low.set(node, index.size - 1);
    open.push(node);
    isOpen.add(node);
    return { node, rest: next(node)[Symbol.iterator]() };
  };
  for (const root of roots) {
    if (index.has(root)) continue;
    // A chain of references may be longer than the stack of calls is deep.
    const frames = [enter(root)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { node, rest } = frame;
      const step = rest.next();
      if (step.done !== true) {
        if (!index.has(step.value)) frames.push(enter(step.value));
        else if (isOpen.has(step.value)) low.set(node, Math.min(low.get(node)!, index.get(step.value)!));
        continue;
      }
      frames.pop();
      const above = frames.at(-1)?.node;
      if (above !== undefined) low.set(above, Math.min(low.get(above)!, low.get(node)!));
      if (low.get(node) !== index.get(node)) continue;
      const component = open.splice(open.indexOf(node));
      for (const member of component) isOpen.delete(member);
      found.push(component);
    }
  }
  return found;
}

interface Frame<Node> {
  readonly node: Node;
  readonly rest: Iterator<Node>;
}
