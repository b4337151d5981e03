/**
 * The command of a probe's job. A shell looks for Node first: a host without the right one can still say what it has.
 */
import { OWN_ARGUMENTS, ownEntry } from '../../../own-process.ts';

/**
 * Its arguments: the directory, the major version that is needed, and the command, which begins with the path of Node.
 */
const FIND_NODE = `
directory=$1 major=$2
shift 2
version=$("$1" --version 2>/dev/null)
other=$(command -v node)
other_version=$([ -n "$other" ] && "$other" --version 2>/dev/null)
printf '%s\\n' "$(uname -n)" "$version" "$other" "$other_version" >"$directory/node.new" || exit 1
mv "$directory/node.new" "$directory/node" || exit 1
case $version in
  v"$major".*) exec "$@" ;;
esac
`;

export function probeProgram(directory: string, node: string = process.execPath): readonly string[] {
  const [major = ''] = process.versions.node.split('.');
  const entry = ownEntry('../node/probe-host', import.meta.url);
  return ['/bin/sh', '-c', FIND_NODE, 'restage', directory, major, node, ...OWN_ARGUMENTS, entry, directory];
}
