/** 1 MiB of bytes that do not repeat. Refers to nothing, so that its text can be given to another process. */
export function sample(seed = 1): Uint8Array {
  const words = new Uint32Array(1 << 18);
  let x = seed;
  for (let i = 0; i < words.length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    words[i] = x;
  }
  return new Uint8Array(words.buffer);
}
