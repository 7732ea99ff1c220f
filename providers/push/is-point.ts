import { ECDH } from 'node:crypto';

/** Whether base64url is a point of P-256, as the key of a browser is (RFC 8291 3.1): for anything else nothing can be encrypted. */
export function isPoint(text: string): boolean {
  try {
    ECDH.convertKey(Buffer.from(text, 'base64url'), 'prime256v1');
    return true;
  } catch {
    return false;
  }
}
