/** The conditions of `exports` and `imports` in package.json that were added for this process. */

/** By `--conditions` on Node's command line or in NODE_OPTIONS. */
export function addedConditions(
  execArgv: readonly string[] = process.execArgv,
  options = process.env['NODE_OPTIONS'] ?? '',
): readonly string[] {
  const words = [...options.split(/\s+/), ...execArgv];
  return words.flatMap((word, index) => {
    const joined = /^(?:--conditions|-C)=(.+)$/.exec(word)?.[1];
    if (joined !== undefined) return [joined];
    const next = words[index + 1];
    return (word === '--conditions' || word === '-C') && next !== undefined ? [next] : [];
  });
}
