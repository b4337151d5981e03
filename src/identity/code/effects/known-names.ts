/** What is known to have no effect: functions of the language, of some of Node's modules, and of zod. */

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.split(/\s+/));
}

/** Objects of the world whose members are known by path. */
export const GLOBAL_OBJECTS = setOf(
  'Math JSON Intl Buffer Object Array Number String Boolean BigInt Symbol Date Map Set WeakMap WeakSet RegExp Error TypeError ' +
    'RangeError SyntaxError EvalError URIError AggregateError URL URLSearchParams TextEncoder TextDecoder ArrayBuffer ' +
    'DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array ' +
    'Float64Array BigInt64Array BigUint64Array Reflect parseInt parseFloat isNaN isFinite encodeURIComponent ' +
    'decodeURIComponent encodeURI decodeURI structuredClone process',
);

export const PRIMITIVE_GLOBALS = setOf('undefined NaN Infinity');

/** Values, not functions. */
export const PRIMITIVE_MEMBERS =
  /^(?:Math\.(?:E|PI|LN2|LN10|LOG2E|LOG10E|SQRT2|SQRT1_2)|Number\.[A-Z_]+\w*|Number\.NaN|Symbol\.\w+|process\.(?:platform|arch|version|pid|execPath)|process\.env\.\w+|\w+\.BYTES_PER_ELEMENT|\w+\.name)$/;

/** Reads of these depend on the process. */
export const PROCESS_MEMBERS = /^process\.(?:env|platform|arch|version|pid|execPath)\b/;

/** Functions that take primitives or plain data, and return a primitive. */
export const PRIMITIVE_FUNCTIONS = new Set([
  ...[
    ...setOf(
      'abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 cos cosh exp expm1 floor fround hypot imul log log10 ' +
        'log1p log2 max min pow round sign sin sinh sqrt tan tanh trunc',
    ),
  ].map((name) => `Math.${name}`),
  ...setOf(
    'parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI Number String ' +
      'Boolean BigInt Symbol Symbol.for Number.parseInt Number.parseFloat Number.isInteger Number.isFinite Number.isNaN ' +
      'Number.isSafeInteger String.fromCharCode String.fromCodePoint String.raw Date.UTC JSON.stringify Object.is ' +
      'Date.parse Intl.getCanonicalLocales Object.hasOwn Array.isArray BigInt.asIntN BigInt.asUintN ArrayBuffer.isView',
  ),
  ...[...setOf('join resolve normalize dirname basename extname relative isAbsolute')].flatMap((name) => [
    `node:path.${name}`,
    `node:path.posix.${name}`,
    `node:path/posix.${name}`,
  ]),
  'node:url.fileURLToPath',
]);

/** Methods of strings and numbers that return a primitive. */
export const PRIMITIVE_METHODS = setOf(
  'at charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf localeCompare normalize padEnd padStart ' +
    'repeat replace replaceAll search slice startsWith substring toLocaleLowerCase toLocaleUpperCase toLowerCase ' +
    'toString toUpperCase trim trimEnd trimStart toExponential toFixed toLocaleString toPrecision valueOf isWellFormed ' +
    'toWellFormed',
);

/** Constructors whose objects are not looked into. */
export const OPAQUE_CONSTRUCTORS = setOf(
  'RegExp Error TypeError RangeError SyntaxError EvalError URIError AggregateError URL URLSearchParams TextEncoder ' +
    'TextDecoder ArrayBuffer DataView WeakMap WeakSet Date ' +
    'Intl.Collator Intl.DisplayNames Intl.ListFormat Intl.Locale Intl.NumberFormat Intl.PluralRules ' +
    'Intl.RelativeTimeFormat Intl.Segmenter',
);

export const TYPED_ARRAYS = setOf(
  'Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array ' +
    'BigInt64Array BigUint64Array',
);

/** Of zod and its schemas: functions that return another schema, and do nothing else. */
export const ZOD_BUILDERS = setOf(
  'string number boolean bigint date symbol undefined null void any unknown never nan int int32 uint32 int64 uint64 ' +
    'float32 float64 email guid uuid uuidv4 uuidv6 uuidv7 url httpUrl emoji nanoid cuid cuid2 ulid xid ksuid ipv4 ipv6 ' +
    'mac cidrv4 cidrv6 base64 base64url e164 jwt hostname hex hash stringFormat templateLiteral stringbool iso datetime ' +
    'time duration array object strictObject looseObject interface union xor discriminatedUnion intersection tuple ' +
    'record partialRecord looseRecord map set enum nativeEnum literal file transform optional nullable nullish default ' +
    '_default prefault nonoptional success catch pipe codec readonly lazy promise function custom check refine ' +
    'superRefine overwrite instanceof json preprocess brand exactOptional min max length nonempty size gt gte lt lte ' +
    'positive negative nonnegative nonpositive multipleOf step finite safe regex includes startsWith endsWith lowercase ' +
    'uppercase trim toLowerCase toUpperCase normalize slugify extend safeExtend merge pick omit partial required keyof ' +
    'strict loose strip passthrough catchall exclude extract unwrap removeDefault removeCatch element rest and or ' +
    'describe coerce clone with property mime minimum maximum minLength maxLength minSize maxSize keyType valueType ' +
    'innerType apply',
);

/** Of a schema: runs its checks, defaults and transforms now. */
export const ZOD_PARSERS = setOf('parse safeParse decode encode safeDecode safeEncode');

/** Exports of restage that declare things. */
export const RESTAGE_DECLARATIONS = setOf(
  'stage observation pipeline many bytes file json table text weights externalFile remoteFile secret tensor tableOf',
);
