/** Texts written as a submit description needs them, so that condor_submit takes them as they are. */

/** A value that is the rest of its line: only what would begin a macro means something else. */
export function plainText(value: string): string {
  return value.replaceAll('$', '$(DOLLAR)');
}

/** A text of a ClassAd. */
export function adString(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * Words of a program or of its environment, in the newer of the two forms: all between double quotes, a word with
 * spaces between single quotes, and a quote of either kind twice.
 */
export function quotedWords(words: readonly string[]): string {
  return `"${words.map(quotedWord).join(' ')}"`;
}

function quotedWord(word: string): string {
  const quoted = /^[^\s']+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
  return literalDollars(quoted.replaceAll('"', '""'));
}

/** HTCondor expands two of them once more, when it has found a host. */
function literalDollars(text: string): string {
  return text.replace(/\$\$|\$/g, (found) => (found === '$$' ? '$$(DOLLARDOLLAR)' : '$(DOLLAR)'));
}
