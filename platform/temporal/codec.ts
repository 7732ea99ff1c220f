import type { Payload, PayloadCodec } from '@temporalio/common';
import protocol from '@temporalio/proto';
import type { Encryption } from '../encryption.ts';

const ENCODING = 'binary/encrypted';
const text = new TextEncoder();
const utf8 = new TextDecoder();

/** Encrypts every payload that goes to Temporal; a payload that is not encrypted is passed on as it is. */
export function createPayloadCodec(encryption: Encryption): PayloadCodec {
  return {
    encode: (payloads) =>
      Promise.resolve(
        payloads.map((payload) => {
          const clear = protocol.temporal.api.common.v1.Payload.encode(payload).finish();
          const { keyId, sealed } = encryption.encryptBytes(clear);
          return {
            metadata: { encoding: text.encode(ENCODING), 'encryption-key-id': text.encode(keyId) },
            data: sealed,
          };
        }),
      ),
    decode: (payloads) => Promise.resolve(payloads.map((payload) => open(encryption, payload))),
  };
}

function open(encryption: Encryption, payload: Payload): Payload {
  const { metadata, data } = payload;
  const encoding = metadata?.['encoding'];
  if (encoding === undefined || encoding === null || utf8.decode(encoding) !== ENCODING) return payload;
  const keyId = metadata?.['encryption-key-id'];
  if (keyId === undefined || keyId === null || data === undefined || data === null) {
    throw new Error('the encrypted payload names no key or has no data');
  }
  return protocol.temporal.api.common.v1.Payload.decode(encryption.decryptBytes(utf8.decode(keyId), data));
}
