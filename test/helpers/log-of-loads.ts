/** Which modules a process loads, for tests of what a command must not load. */

/**
 * NODE_OPTIONS with which a process writes the URL or the path of every module that it imports or requires into a file.
 */
export function logOfLoads(file: string): string {
  const write = (what: string): string => `appendFileSync(${JSON.stringify(file)}, ${what} + '\\n')`;
  const hooks = `import { appendFileSync } from 'node:fs';
export async function load(url, context, next) { ${write('url')}; return next(url, context); }`;
  const preload = `import { appendFileSync } from 'node:fs';
import Module, { register } from 'node:module';
const load = Module._load;
Module._load = function (request, parent, ...more) {
  ${write('Module._resolveFilename(request, parent)')};
  return load.call(this, request, parent, ...more);
};
register(${JSON.stringify(dataUrl(hooks))});`;
  return `--import ${dataUrl(preload)}`;
}

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
