import type { Encryption } from './encryption.ts';

export function callbackSecret(encryption: Encryption, attemptId: string): string {
  return encryption.hash('callback', attemptId);
}

export function callbackHash(encryption: Encryption, secret: string): string {
  return encryption.hash('callback-index', secret);
}
