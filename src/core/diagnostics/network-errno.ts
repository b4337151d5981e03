/** What the code of a network error means, as a clause of a sentence. */

export interface NetworkErrorMeaning {
  readonly clause: string;
  /** It rarely fixes itself: an unknown host name, a rejected certificate. */
  readonly isLasting: boolean;
}

/**
 * Why Node's `fetch` got no answer: it says "fetch failed" and hides what the socket said.
 * @returns `code` too, empty for what is not of the network, such as an address that `fetch` does not take
 */
export function fetchRefusal(error: unknown, host: string): NetworkErrorMeaning & { readonly code: string } {
  const { code, message } = innermost(error);
  const { clause = message === '' ? code : message, isLasting = false } = networkErrorMeaning(code, host) ?? {};
  return { code, clause, isLasting };
}

/** Several addresses of a host give several errors. */
function innermost(error: unknown): { readonly code: string; readonly message: string } {
  const { cause, errors, code = '', message } = error as NodeJS.ErrnoException & { errors?: readonly unknown[] };
  const inner = errors?.[0] ?? cause;
  return inner instanceof Error ? innermost(inner) : { code, message };
}

/** Undefined for a code that says nothing to a user. */
export function networkErrorMeaning(code: string, host: string): NetworkErrorMeaning | undefined {
  const clauseFor = CLAUSES[code];
  return clauseFor && { clause: clauseFor(host), isLasting: LASTING.has(code) };
}

const LASTING = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT']);

const CLAUSES: Readonly<Record<string, (host: string) => string>> = {
  ENOTFOUND: (host) => `the network is unavailable, or host ${host} does not exist`,
  EAI_AGAIN: (host) => `the name of ${host} cannot be looked up, so the network may be unavailable`,
  ENETUNREACH: () => 'the network is unavailable',
  EHOSTUNREACH: (host) => `${host} cannot be reached from here`,
  ECONNREFUSED: (host) => `${host} refuses the connection`,
  ECONNRESET: () => 'the connection was lost',
  EPIPE: () => 'the connection was lost',
  ERR_STREAM_PREMATURE_CLOSE: () => 'the connection was lost',
  UND_ERR_SOCKET: () => 'the connection was lost',
  UND_ERR_CONNECT_TIMEOUT: (host) => `${host} does not answer`,
  UND_ERR_HEADERS_TIMEOUT: (host) => `${host} does not answer`,
  UND_ERR_BODY_TIMEOUT: (host) => `${host} does not answer`,
  ETIMEDOUT: (host) => `${host} does not answer`,
  CERT_HAS_EXPIRED: (host) => `the certificate of ${host} has expired`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (host) => `the certificate of ${host} is self-signed`,
};
