/** Whether the name of a branch tells all that it changes, as the names of swept branches do: `lr=0.1,depth=3`. */
export function isToldByName(name: string, changes: readonly string[]): boolean {
  const told = name.split(',');
  return changes.every((change) => told.includes(change));
}
