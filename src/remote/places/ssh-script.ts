/** What the far side of an ssh place executes: plain POSIX shell. The first word of each answer is `restage`. */

/** One word of a shell, whatever it holds. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A script with its arguments, as one command of whatever login shell there is. */
export function shellCommand(script: string, args: readonly string[]): string {
  return ['exec', 'env', 'LC_ALL=C', 'sh', '-c', script, 'restage', ...args]
    .map((word, index) => (index < 3 ? word : shellWord(word)))
    .join(' ');
}

/** Ends with the pipe that feeds it, so no connection outlives its client. */
export const HOLD = 'echo "restage ready"; cat >/dev/null';

/** Arguments: root, key, number of bytes to skip. Answer: a line with the length, then the bytes. */
export const READ = `
[ -e "$1" ] || { echo "restage nowhere"; exit 0; }
cd "$1" || exit 9
[ -e "$2" ] || { echo "restage absent"; exit 0; }
size=$(wc -c <"$2") || exit 9
echo "restage" $size
tail -c +$(($3 + 1)) "$2"`;

/**
 * Arguments: root, key, temporary name, length, whether the root was seen. A root is made below a directory that is
 * there, and one that was seen is not made again. A hard link fails where there is a file, so the first writer wins.
 */
export const INSERT = `
if [ ! -d "$1" ]; then
[ "$5" = no ] || { cat >/dev/null; echo "restage nowhere"; exit 0; }
[ -e "$1" ] || [ -d "$(dirname "$1")" ] || { cat >/dev/null; echo "restage homeless"; exit 0; }
said=$(mkdir "$1" 2>&1) || [ -d "$1" ] || { echo "$said" >&2; exit 9; }
fi
cd "$1" || exit 9
[ -d "$2" ] && { echo "$2: Is a directory" >&2; exit 9; }
[ -e "$2" ] && { echo "restage there"; exit 0; }
mkdir -p "$(dirname "$2")" || exit 9
trap 'rm -f "$3"' EXIT
trap 'exit 9' HUP INT TERM PIPE
cat >"$3" || exit 9
size=$(wc -c <"$3") || exit 9
[ $size -eq "$4" ] || { echo "restage cut"; exit 0; }
sync "$3" 2>/dev/null || sync
if said=$(ln "$3" "$2" 2>&1); then echo "restage stored"
elif [ -e "$2" ]; then echo "restage there"
else echo "$said" >&2; exit 9; fi`;

/** Argument: root. Input: keys, one a line. Answer: lengths and names as `wc` prints them, then a closing line. */
export const FIND = `
[ -e "$1" ] || { cat >/dev/null; echo "restage nowhere"; exit 0; }
cd "$1" || exit 9
while IFS= read -r key; do [ -f "$key" ] && echo "./$key"; done | xargs wc -c || exit 9
echo "restage end"`;

/** Arguments: root, a directory in it. Answer as of FIND. */
export const LIST = `
[ -e "$1" ] || { echo "restage nowhere"; exit 0; }
cd "$1" || exit 9
[ -e "$2" ] || { echo "restage end"; exit 0; }
find "$2" -type f -exec wc -c {} + || exit 9
echo "restage end"`;
