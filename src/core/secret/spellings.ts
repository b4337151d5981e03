/** How a secret may be spelled where it is printed: as it is, and as the usual encodings write it. */

/**
 * A shorter one would hide other text as well, since most texts have its letters somewhere, and could be guessed. A
 * longer one is not a secret but data.
 */
export const SHORTEST_SECRET = 8;
export const LONGEST_SECRET = 1 << 14;

/** All spellings, the longest first, without those that are too short to be told from other text. */
export function spellingsOf(value: string): readonly string[] {
  // What prints a text line by line, as inspection does, prints each line of a secret by itself.
  const lines = value.includes('\n') ? value.split('\n').map((line) => line.trim()) : [];
  return [...new Set([value, ...lines].flatMap(spelled))]
    .filter((spelling) => spelling.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
}

function spelled(value: string): readonly string[] {
  if (value.length < SHORTEST_SECRET) return [];
  const bytes = Buffer.from(value);
  return [
    value,
    ...escapes(value),
    ...percent(value, bytes),
    ...hexadecimal(bytes),
    ...decimal(bytes),
    ...base64(bytes),
  ];
}

/** As JSON, JavaScript and HTML write it inside quotes, and JSON that was put into JSON. */
function escapes(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const html = value.replace(/[&<>"']/g, (sign) => HTML[sign]!);
  return [
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll('/', '\\/'),
    json.replaceAll('\\"', '"'),
    json.replaceAll('\\"', '"').replaceAll("'", "\\'"),
    json.replaceAll(/[^ -~]/g, unicode),
    value.replaceAll(/\s+/g, ' '),
    html,
    html.replaceAll('&#39;', '&#x27;'),
  ];
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function unicode(unit: string): string {
  return [...Array(unit.length).keys()].map((at) => `\\u${unit.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
}

function percent(value: string, bytes: Buffer): readonly string[] {
  const component = encodeURIComponent(value);
  const all = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const strict = component.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  const written = [component, strict, encodeURI(value), form, all];
  return written.flatMap((text) => [text, text.replace(/%[0-9A-Fa-f]{2}/g, (code) => code.toLowerCase()), upper(text)]);
}

function upper(text: string): string {
  return text.replace(/%[0-9a-f]{2}/g, (code) => code.toUpperCase());
}

/** Also with a space or colon between bytes, as a dump of bytes has. */
function hexadecimal(bytes: Buffer): readonly string[] {
  const pairs = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  return ['', ' ', ':'].flatMap((between) => [pairs.join(between), pairs.join(between).toUpperCase()]);
}

/** As lists of bytes are written. */
function decimal(bytes: Buffer): readonly string[] {
  return [bytes.join(','), bytes.join(', ')];
}

/**
 * Base64 writes three bytes as four letters, so what stands before a secret shifts it: three spellings. Letters that
 * hold a part of a neighbouring byte can be any, and are left out.
 */
function base64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((shift) => {
    const letters = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const certain = letters.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
