/** Which modules a process loads, for tests of what a command must not load. */

/** NODE_OPTIONS with which a process writes the URL of every module that it loads into a file. */
export function logOfLoads(file: string): string {
  const hooks = `import { appendFileSync } from 'node:fs';
export async function load(url, context, next) { appendFileSync(${JSON.stringify(file)}, url + '\\n'); return next(url, context); }`;
  const preload = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`;
  return `--import ${dataUrl(preload)}`;
}

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
