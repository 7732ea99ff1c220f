import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { Problem } from '#domain/errors';
import type { ApiEnvironment } from '../context.ts';

const JSON_BYTES = 1024 * 1024;
/** A file of 10 MB with its form around it. */
const UPLOAD_BYTES = 10 * 1024 * 1024 + 64 * 1024;

/** Of a body that is refused so many bytes are taken and thrown away, for so many milliseconds: who still sends may never read the answer. */
const REST_BYTES = 64 * 1024 * 1024;
const REST_MS = 5_000;

/** 413 for what is too large, before it is read into memory. */
export const limitBody = (kind: 'json' | 'upload') =>
  bodyLimit({
    maxSize: kind === 'json' ? JSON_BYTES : UPLOAD_BYTES,
    onError: async (c) => {
      const { body } = c.req.raw;
      if (body !== null && !body.locked && Number(c.req.header('content-length')) <= REST_BYTES) await throwAway(body);
      throw new Problem('payload_too_large');
    },
  });

/** Its sender may give up meanwhile. */
async function throwAway(body: ReadableStream<Uint8Array>): Promise<void> {
  await body.pipeTo(new WritableStream(), { signal: AbortSignal.timeout(REST_MS) }).catch(() => {});
}

/** 415 for a body in another type than the route takes. */
export function contentType(wanted: 'application/json' | 'application/x-www-form-urlencoded' | 'multipart/form-data') {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const given = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (given !== wanted) throw new Problem('unsupported_media_type', `The body must be ${wanted}`);
    await next();
  });
}

/** Whoever sends nothing where JSON is taken says `{}`: what is needed is named by its field then. Its size is limited before. */
export const nothingIsEmpty = createMiddleware<ApiEnvironment>(async (c, next) => {
  if ((await c.req.arrayBuffer()).byteLength === 0) {
    const { method, headers: sent } = c.req.raw;
    const headers = new Headers(sent);
    headers.set('content-type', 'application/json');
    c.req.raw = new Request(c.req.url, { method, headers, body: '{}' });
    c.req.bodyCache = {};
  }
  await next();
});
