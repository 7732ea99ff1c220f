import { constants, createPublicKey, publicEncrypt, type KeyObject } from 'node:crypto';
import type { Market } from '#domain/markets';
import type { HttpAnswer } from '../http.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { fields, text } from './wire.ts';

/** What pays out from our own wallet. */
export interface AirtelDisbursement {
  /** Of our wallet, four digits. */
  readonly pin: string;
  /** That Airtel encrypts PINs with, as its portal shows it: base64 of DER, or PEM. Null asks Airtel for it. */
  readonly publicKey: string | null;
}

const keyAnswer = fields({ data: fields({ key: text }) });

/** Encrypts the PIN for every disbursement anew, with a key that is kept until Airtel takes it no more. */
export class AirtelPin {
  readonly #pin: string;
  readonly #given: KeyObject | null;
  readonly #ask: (market: Market) => Promise<HttpAnswer>;
  readonly #known = new Map<Market, KeyObject>();

  /** @param ask sends `GET /v1/rsa/encryption-keys` @throws Error when the key that is configured is none. */
  constructor({ pin, publicKey }: AirtelDisbursement, ask: (market: Market) => Promise<HttpAnswer>) {
    this.#pin = pin;
    this.#given = publicKey === null ? null : keyOf(publicKey);
    this.#ask = ask;
  }

  /** @throws ProviderFailure `not_taken` when there is no key to be had. */
  async encrypted(market: Market): Promise<string> {
    return encryptPin(this.#pin, this.#given ?? this.#known.get(market) ?? (await this.#fetch(market)));
  }

  /** Airtel could not read what was encrypted: the next time it is asked for its key. */
  forget(market: Market): void {
    this.#known.delete(market);
  }

  async #fetch(market: Market): Promise<KeyObject> {
    try {
      const answer = await this.#ask(market);
      const key = keyOf(keyAnswer.parse(answer.body).data.key);
      this.#known.set(market, key);
      return key;
    } catch (cause) {
      throw new ProviderFailure('not_taken', 'airtel: no key to encrypt the PIN with', undefined, { cause });
    }
  }
}

function keyOf(written: string): KeyObject {
  if (written.includes('BEGIN')) return createPublicKey(written);
  return createPublicKey({ key: Buffer.from(written, 'base64'), format: 'der', type: 'spki' });
}

/**
 * Base64 of the PIN under the key. Airtel's encryption 1.0 has keys of 1,024 bits and PKCS#1 v1.5, its encryption
 * 2.0 keys of 2,048 bits and OAEP with SHA-256.
 */
function encryptPin(pin: string, key: KeyObject): string {
  const isOld = (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2_048;
  const padding = isOld
    ? { padding: constants.RSA_PKCS1_PADDING }
    : { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  return publicEncrypt({ key, ...padding }, Buffer.from(pin)).toString('base64');
}
