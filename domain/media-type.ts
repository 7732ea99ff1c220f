export const mediaTypes = ['image/jpeg', 'image/png', 'application/pdf'] as const;
export type MediaType = (typeof mediaTypes)[number];

/** Largest file that is taken, in bytes. */
export const MAXIMUM_FILE_SIZE = 10 * 1024 * 1024;

/** First bytes of each type: JFIF and Exif alike, PNG (RFC 2083), PDF (ISO 32000). */
const signatures: readonly (readonly [MediaType, readonly number[]])[] = [
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
];

/** What a file is by its own bytes, whatever its name or sender say; null for all that is not taken. */
export function mediaTypeOf(bytes: Uint8Array): MediaType | null {
  return signatures.find(([, signature]) => signature.every((byte, i) => bytes[i] === byte))?.[0] ?? null;
}
