import { timingSafeEqual } from 'node:crypto';
import type { Encryption } from './encryption.ts';

export function callbackSecret(encryption: Encryption, attemptId: string): string {
  return encryption.hash('callback', attemptId);
}

export function callbackHash(encryption: Encryption, secret: string): string {
  return encryption.hash('callback-index', secret);
}

/** Whether a path's last part is the secret that both sides were configured with; nothing is, where there is none. */
export function isCallbackSecret(configured: string | undefined, given: string): boolean {
  if (configured === undefined) return false;
  const [a, b] = [Buffer.from(configured), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
