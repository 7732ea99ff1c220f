import { createHash } from 'node:crypto';
import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import type { Sharp } from 'sharp';
import { Problem, TryLater } from '#domain/errors';
import { MAXIMUM_FILE_SIZE } from '#domain/media-type';
import type { PictureSize } from '#domain/vehicles/photograph';

/** Pixels across: a list on a phone, a page on a phone, a screen. */
const WIDTHS = [320, 800, 1_600] as const;
/** No picture is higher than so many times its width. */
const HIGHEST = 2;
/** What cameras of phones make at most; more is a bomb. */
const MOST_PIXELS = 64_000_000;
const SECONDS = 20;
/** Pictures that are worked on at a time, on a thread beside the event loop, and that wait for it. */
const AT_ONCE = 1;
const WAITING = 16;

export interface RenderedSize extends PictureSize {
  readonly bytes: Uint8Array;
}

type Library = (typeof import('sharp'))['default'];

const turns = bulkhead(AT_ONCE, WAITING);
let loading: Promise<Library> | undefined;

/**
 * A picture in each width as WebP and JPEG, upright, in sRGB, and without anything that the camera wrote beside it. What
 * it is, its bytes say. It is worked on outside the event loop, one at a time.
 *
 * @returns narrowest first; never wider than the picture is.
 * @throws Problem payload_too_large, unsupported_media_type for all but JPEG, PNG and WebP, unprocessable for what is
 * broken or has too many pixels; TryLater when many wait already.
 */
export async function renderPicture(bytes: Uint8Array): Promise<readonly RenderedSize[]> {
  if (bytes.length > MAXIMUM_FILE_SIZE) throw new Problem('payload_too_large', 'a picture has at most 10 MB');
  const sharp = await (loading ??= load());
  try {
    return await turns.execute(() => render(sharp, bytes));
  } catch (error) {
    if (error instanceof BulkheadRejectedError)
      throw new TryLater('unavailable', 'many pictures wait; try again in a moment', 5);
    throw refusal(error);
  }
}

/** Takes its time, and only who works with pictures needs it. Whatever reads other formats is switched off. */
async function load(): Promise<Library> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'] });
  return sharp;
}

async function render(sharp: Library, bytes: Uint8Array): Promise<RenderedSize[]> {
  const widest = WIDTHS[WIDTHS.length - 1] ?? 0;
  const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true })
    .timeout({ seconds: SECONDS })
    .autoOrient()
    .resize({ width: widest, height: widest * HIGHEST, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  const sizes: RenderedSize[] = [];
  for (const width of new Set(WIDTHS.map((one) => Math.min(one, info.width)))) {
    const resized = sharp(data, { raw }).resize({ width });
    sizes.push(await encoded(resized.clone().webp({ quality: 78 }), 'image/webp'));
    sizes.push(await encoded(resized.jpeg({ quality: 80, progressive: true }), 'image/jpeg'));
  }
  return sizes;
}

async function encoded(picture: Sharp, type: PictureSize['type']): Promise<RenderedSize> {
  const { data, info } = await picture.toBuffer({ resolveWithObject: true });
  const sha256 = createHash('sha256').update(data).digest('hex');
  return { type, width: info.width, height: info.height, sha256, bytes: data };
}

/** What the library says of a file that it does not take. */
function refusal(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const refuse = (message: string) =>
    new Problem('unprocessable', `the picture ${message}`, [{ path: 'file', message }]);
  if (/unsupported image format|not permitted|blocked/i.test(error.message))
    return new Problem('unsupported_media_type', 'the file is neither a JPEG nor a PNG nor a WebP');
  if (/pixel limit/i.test(error.message)) return refuse(`has more than ${MOST_PIXELS / 1_000_000} million pixels`);
  return refuse('cannot be read to its end');
}
