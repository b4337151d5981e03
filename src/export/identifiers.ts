/**
 * Names by which other tools know what restage exported. They come from digests, so the same bytes and the same
 * execution have the same name in every format and in every export.
 */
import { type Digest, sha256 } from '../core/identity/digest.ts';
import type { LineageRun } from '../audit/lineage/lineage.ts';

/** The address of content by its SHA-256, such as `hash://sha256/2cf2...`. */
export function contentUri(digest: Digest): string {
  return `hash://sha256/${digest}`;
}

/** A run by what cannot be the same of two runs: what began, when and where. */
export function runIdentity({ pipeline, source, startedAt, seed, argv, environment }: LineageRun): Digest {
  return sha256(JSON.stringify(['run', pipeline, source, startedAt, seed, argv, environment['host'] ?? null]));
}

export function actIdentity(run: Digest, node: string, attempt: number): Digest {
  return sha256(JSON.stringify(['act', run, node, attempt]));
}

/** A UUID of version 8 (RFC 9562), whose bits are those of the digest. */
export function uuidOf(identity: Digest): string {
  const variant = ((Number.parseInt(identity[16]!, 16) & 3) | 8).toString(16);
  const groups = [identity.slice(0, 8), identity.slice(8, 12), `8${identity.slice(13, 16)}`];
  return [...groups, `${variant}${identity.slice(17, 20)}`, identity.slice(20, 32)].join('-');
}

/** Any text as a part of an IRI: letters, digits and `-._~`, the rest percent-encoded as UTF-8. */
export function iriPart(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD')).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The running restage as a package URL (purl). */
export function engineUri(version: string): string {
  return `pkg:generic/restage@${iriPart(version)}`;
}

/** `2026-11-29T01:02:03.004+00:00` */
export function isoTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '+00:00');
}
