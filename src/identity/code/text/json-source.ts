/** JSON modules: the value exactly as Node reads it, in a form that formatting does not change. */

/**
 * The text of a module with the value as its default export. It is parsed again when the module is evaluated: a literal
 * would lose -0 of some forms, and an own property `__proto__`.
 *
 * @throws SyntaxError
 */
export function jsonModuleCode(text: string): string {
  JSON.parse(text);
  return `export default JSON.parse(${JSON.stringify(canonicalTokens(text))});\n`;
}

/** The same tokens without space between them, each in its shortest form. @param text valid JSON. */
function canonicalTokens(text: string): string {
  return (text.match(TOKENS) ?? [])
    .map((token) => {
      if (token.startsWith('"')) return JSON.stringify(JSON.parse(token));
      return /^[-\d]/.test(token) ? canonicalNumber(Number(token)) : token;
    })
    .join('');
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[-+.\w]+|[[\]{}:,]/g;

function canonicalNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  // JSON has no infinity, but a number that is too large reads as one.
  if (!Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999';
  return JSON.stringify(value);
}
