/** Where everybody reads a picture, by the hash of its content. */
export const PHOTO_PATH = '/v1/photos/';

/** Photographs that a vehicle has at most. */
export const MOST_PHOTOS = 20;

export type PictureType = 'image/webp' | 'image/jpeg';

/** One size of a picture, kept under the hash of its own bytes. */
export interface PictureSize {
  readonly type: PictureType;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Of the bytes, in hex. */
  readonly sha256: string;
}

/** A picture that was handed in, as it is kept. */
export interface Photograph {
  readonly id: string;
  /** Of the file that was handed in, in hex: the same file again is the same photograph. */
  readonly sha256: string;
  /** Narrowest first. */
  readonly sizes: readonly PictureSize[];
}

/** A photograph that we keep, or the address of one that others do. */
export type Photo = string | Photograph;

/** The hash that a photograph's one address in `photos` names: the widest JPEG, which everything shows. */
export function mainSize({ sizes }: Photograph): PictureSize | undefined {
  return sizes.findLast(({ type }) => type === 'image/jpeg');
}

/** The hash that an address names, if it is one of ours. */
const hashNamed = (address: string): string | undefined => address.split(PHOTO_PATH)[1];

/** The hashes of pictures that addresses name. */
export const hashesNamed = (addresses: readonly string[]): string[] =>
  addresses.map(hashNamed).filter((hash) => hash !== undefined);

/** What addresses mean, of which some are those of photographs that are there. */
export function photosNamed(addresses: readonly string[], known: readonly Photo[]): Photo[] {
  const kept = known.filter((photo): photo is Photograph => typeof photo !== 'string');
  return addresses.map((address) => {
    const hash = hashNamed(address);
    return kept.find((photo) => photo.sizes.some(({ sha256 }) => sha256 === hash)) ?? address;
  });
}

/** The hashes of all that is kept of these photographs. */
export function hashesOf(photos: readonly Photo[]): string[] {
  return photos.flatMap((photo) => (typeof photo === 'string' ? [] : photo.sizes.map(({ sha256 }) => sha256)));
}
