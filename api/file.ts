import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { mediaTypes } from '#domain/media-type';
import type { OpenedFile } from '#use-cases/sealed-file';

const binary = { schema: z.string().openapi({ format: 'binary' }) };

/** What the document says of an answer that is a file. */
export const fileFound = {
  description: 'The file',
  content: Object.fromEntries(mediaTypes.map((type) => [type, binary])),
};

/** A form's field that is a file. */
export const uploaded = z
  .instanceof(File, { error: 'must be a file' })
  .openapi({ type: 'string', format: 'binary', description: 'JPEG, PNG or PDF, at most 10 MB' });

/** Answers with a file that was uploaded: nothing in it runs, and nobody on the way keeps it. */
export function answerFile(c: Context, { bytes, mediaType, sha256 }: OpenedFile) {
  return c.body(new Uint8Array(bytes), 200, {
    'content-type': mediaType,
    'content-disposition': 'inline',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, no-store',
    etag: `"${sha256}"`,
  });
}
