/**
 * The last step from a stage's text to the file that an executor imports: the module becomes a function that returns
 * the stage. Each attempt calls it, so each has variables of its own, and Node still parses the file once.
 *
 *     import { z } from "file:///.../zod.js"; ... export default (() => {
 *     <the module, with its imports blanked and its export turned into a return>
 *     })
 *
 * Imports stay imports: packages and built-in modules are shared by the attempts of a process. So is the stage itself
 * where it is proven that an instance stays as it was made: the function then returns the same one each time.
 */
import type { Program } from 'acorn';
import MagicString from 'magic-string';
import { isConstantInstance } from './constant-instance.ts';
import { constantSchemas } from './constant-schemas.ts';
import { isHarmless } from './harmless.ts';
import { awaitsAtTop, parseModule } from '../text/syntax.ts';

export interface ModuleText {
  readonly text: string;
  /** Source map, JSON. */
  readonly map: string;
}

export interface Factory extends ModuleText {
  /** Whether it is proven that an instance changes nothing that all code of a process shares. */
  readonly harmless: boolean;
}

/**
 * A module whose only export is a default one, as a module whose default export is a function that returns it.
 *
 * @param packageOf the package that a specifier imports, where it is known
 * @param program the text's syntax
 */
export function asFactory(
  { text, map }: ModuleText,
  packageOf: (source: string) => string | undefined,
  program: Program = parseModule(text),
): Factory {
  const body = new MagicString(text);
  const imports: string[] = [];
  const shared: string[] = [];
  if (!text.includes(SHARED))
    for (const { start, end } of constantSchemas(program, (source) => packageOf(source) === 'zod')) {
      const name = `${SHARED}${shared.length}`;
      if (end - start <= name.length) continue;
      shared.push(`const ${name}=${text.slice(start, end)};`);
      // As long as before: columns stay what the source map says.
      body.update(start, end, name + blank(text.slice(start + name.length, end)));
    }
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      const source = text.slice(statement.start, statement.end);
      imports.push(source.replace(/;?\s*$/, ';'));
      body.update(statement.start, statement.end, blank(source));
    } else if (statement.type === 'ExportNamedDeclaration') {
      body.update(statement.start, statement.end, ';');
      body.append(`\nreturn ${exportedName(statement)};`);
    } else if (statement.type === 'ExportDefaultDeclaration' || statement.type === 'ExportAllDeclaration')
      throw unexpected('an export of another form');
  }
  const harmless = isHarmless(program, packageOf);
  const isConstant = harmless && !text.includes(SHARED) && isConstantInstance(program, packageOf);
  const start = isConstant
    ? `let ${SHARED};export default (() => ${SHARED} ??= (() => {`
    : `export default (${awaitsAtTop(program) ? 'async ' : ''}() => {`;
  const head = `${[...imports, ...shared].join('').replaceAll('\n', ' ')}${start}\n`;
  return {
    text: `${head}${body.toString()}\n}${isConstant ? ')()' : ''});\n`,
    map: oneLineLower(map),
    harmless,
  };
}

const SHARED = '$restage';

function exportedName(statement: Extract<Program['body'][number], { type: 'ExportNamedDeclaration' }>): string {
  const [only, ...others] = statement.specifiers;
  if (
    only === undefined ||
    others.length > 0 ||
    statement.source ||
    only.local.type !== 'Identifier' ||
    only.exported.type !== 'Identifier' ||
    only.exported.name !== 'default'
  )
    throw unexpected('an export of another form');
  return only.local.name;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** The factory's text has one more line in front. */
function oneLineLower(json: string): string {
  const map = JSON.parse(json) as { readonly mappings: string };
  return JSON.stringify({ ...map, mappings: `;${map.mappings}` });
}

function unexpected(what: string): Error {
  return new Error(`internal error: a bundle has ${what}, where its one export of a stage was expected`);
}
