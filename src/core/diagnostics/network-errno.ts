/** What the code of a network error means, as a clause of a sentence. */

export interface NetworkErrorMeaning {
  readonly clause: string;
  /** It rarely fixes itself: an unknown host name, a rejected certificate. */
  readonly isLasting: boolean;
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
  ETIMEDOUT: (host) => `${host} does not answer`,
  CERT_HAS_EXPIRED: (host) => `the certificate of ${host} has expired`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (host) => `the certificate of ${host} is self-signed`,
};
