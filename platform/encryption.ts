import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { ConfigurationError } from './config.ts';

/**
 * Authenticated encryption of personal data at rest and in Temporal's payloads: AES-256-GCM, a fresh
 * 96-bit nonce each time, the key's id kept beside the text so that keys can be rotated.
 */
export interface Encryption {
  /** `keyId.base64url(nonce | ciphertext | tag)`. */
  encrypt(clear: string): string;
  /** @throws Error when the key is unknown or the text was changed. */
  decrypt(sealed: string): string;
  encryptBytes(clear: Uint8Array): { readonly keyId: string; readonly sealed: Uint8Array };
  decryptBytes(keyId: string, sealed: Uint8Array): Uint8Array;
  /**
   * A keyed hash to find equal values without reading them; `purpose` keeps the hashes of a phone and of
   * a code apart. Does not change when the encryption key is rotated.
   */
  hash(purpose: string, value: string): string;
}

const NONCE = 12;
const TAG = 16;

/** @param keys `id:base64,…,index:base64`, each 32 bytes; the first that is not `index` encrypts. */
export function createEncryption(keys: string): Encryption {
  const all = parseKeys(keys);
  const indexKey = all.get('index');
  all.delete('index');
  const [first] = all;
  if (indexKey === undefined || first === undefined) {
    throw new ConfigurationError('ENCRYPTION_KEYS: must name a key to encrypt with and one called "index"');
  }
  const [activeId, activeKey] = first;
  const purposeKeys = new Map<string, Buffer>();

  const encryptBytes = (clear: Uint8Array) => {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', activeKey, nonce);
    return {
      keyId: activeId,
      sealed: Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()]),
    };
  };
  const decryptBytes = (keyId: string, sealed: Uint8Array) => {
    const key = all.get(keyId);
    if (key === undefined) throw new Error(`no encryption key is called ${JSON.stringify(keyId)}`);
    if (sealed.length < NONCE + TAG) throw new Error('the encrypted value is cut short');
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()]);
  };
  return {
    encryptBytes,
    decryptBytes,
    encrypt(clear) {
      const { keyId, sealed } = encryptBytes(Buffer.from(clear, 'utf8'));
      return `${keyId}.${Buffer.from(sealed).toString('base64url')}`;
    },
    decrypt(sealed) {
      const dot = sealed.indexOf('.');
      return decryptBytes(sealed.slice(0, dot), Buffer.from(sealed.slice(dot + 1), 'base64url')).toString('utf8');
    },
    hash(purpose, value) {
      let key = purposeKeys.get(purpose);
      if (key === undefined) {
        key = Buffer.from(hkdfSync('sha256', indexKey, '', purpose, 32));
        purposeKeys.set(purpose, key);
      }
      return createHmac('sha256', key).update(value).digest('base64url');
    },
  };
}

/** What is kept sealed, in clear; null where there is nothing, or where its person was erased. */
export function clearOf({ decrypt }: Pick<Encryption, 'decrypt'>, sealed: string | null): string | null {
  return sealed === null || sealed === '' ? null : decrypt(sealed);
}

function parseKeys(keys: string): Map<string, Buffer> {
  const parsed = new Map<string, Buffer>();
  for (const entry of keys.split(',')) {
    const colon = entry.indexOf(':');
    const id = entry.slice(0, colon);
    const key = Buffer.from(entry.slice(colon + 1), 'base64');
    if (!/^[a-z0-9-]+$/i.test(id) || key.length !== 32) {
      throw new ConfigurationError('ENCRYPTION_KEYS: each entry must be id:base64 of 32 bytes');
    }
    parsed.set(id, key);
  }
  return parsed;
}
