import { createHash } from 'node:crypto';
import { Problem } from '#domain/errors';
import { MAXIMUM_FILE_SIZE, mediaTypeOf, type MediaType } from '#domain/media-type';
import type { Encryption } from '#platform/encryption';

/** An uploaded file as it is kept: encrypted, with what is said of it. */
interface SealedFile {
  readonly mediaType: MediaType;
  /** Of the clear file, in hex. */
  readonly sha256: string;
  /** Bytes of the clear file. */
  readonly size: number;
  /** The encryption key of the content. */
  readonly keyId: string;
  readonly contentEncrypted: Uint8Array;
}

export interface OpenedFile {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly sha256: string;
}

/**
 * Checks an uploaded file and encrypts it. What it is, its own first bytes say.
 *
 * @throws Problem payload_too_large, or unsupported_media_type for all but JPEG, PNG and PDF.
 */
export function sealFile(encryption: Pick<Encryption, 'encryptBytes'>, bytes: Uint8Array): SealedFile {
  if (bytes.length > MAXIMUM_FILE_SIZE) throw new Problem('payload_too_large', 'a file has at most 10 MB');
  const mediaType = mediaTypeOf(bytes);
  if (mediaType === null) throw new Problem('unsupported_media_type', 'the file is neither a JPEG nor a PNG nor a PDF');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { keyId, sealed } = encryption.encryptBytes(bytes);
  return { mediaType, sha256, size: bytes.length, keyId, contentEncrypted: sealed };
}

export function openFile(
  encryption: Pick<Encryption, 'decryptBytes'>,
  {
    keyId,
    contentEncrypted,
    mediaType,
    sha256,
  }: Omit<SealedFile, 'size' | 'mediaType'> & { readonly mediaType: string },
): OpenedFile {
  return { bytes: encryption.decryptBytes(keyId, contentEncrypted), mediaType, sha256 };
}
