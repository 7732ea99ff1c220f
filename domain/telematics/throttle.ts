/** A bucket of one tracker: two messages a second, 120 at once. */
export interface TokenBucket {
  readonly tokens: number;
  /** Milliseconds of any clock that only goes forward. */
  readonly at: number;
}

export const PER_SECOND = 2;
export const BURST = 120;

export const fullBucket = (at: number): TokenBucket => ({ tokens: BURST, at });

/** Takes one token, or says how many milliseconds to wait for it. */
export function take(bucket: TokenBucket, now: number): { readonly bucket: TokenBucket; readonly wait: number } {
  const tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) / 1000) * PER_SECOND);
  if (tokens >= 1) return { bucket: { tokens: tokens - 1, at: now }, wait: 0 };
  return { bucket: { tokens, at: now }, wait: Math.ceil(((1 - tokens) / PER_SECOND) * 1000) };
}
