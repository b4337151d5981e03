/** Names as headings: the shortest ending that no other name of the list has. */

/** `ams` of `score.validation.ams`, where nothing else in the list ends so; in the order of the list. */
export function shortNames(names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const parts = name.split('.');
    for (let kept = 1; kept < parts.length; kept++) {
      const ending = parts.slice(-kept).join('.');
      // A heading that is only a number or a position (`folds.1`) says nothing.
      if (/^[\d[]/.test(ending)) continue;
      if (names.every((other) => other === name || !(other === ending || other.endsWith(`.${ending}`)))) return ending;
    }
    return name;
  });
}
