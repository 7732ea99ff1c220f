import { z } from '@hono/zod-openapi';
import { addPhoto, removePhoto } from '#use-cases/vehicles/add-photo';
import { transact } from '#use-cases/context';
import { findPicture, findVehicle } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import { mainSize, PHOTO_PATH, type Photograph } from '#domain/vehicles/photograph';
import type { ApiDependencies } from '../dependencies.ts';
import { isUnchanged } from '../etag.ts';
import { existing } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { invalidInput } from '../middleware/problem.ts';
import { defineRoute, nothing, router, staff } from '../route.ts';
import { idParam, printable, uuid } from '../schemas.ts';

const address = z.string().regex(printable, 'must have no control characters').max(500);
/** Strict, since it comes back with a vehicle that was read. */
export const photograph = z
  .strictObject({
    id: uuid,
    url: address.openapi({ description: 'The widest JPEG, as in `photos`' }),
    sizes: z.array(
      z.strictObject({
        type: z.enum(['image/webp', 'image/jpeg']),
        width: z.int().openapi({ description: 'Pixels' }),
        height: z.int(),
        url: address,
      }),
    ),
  })
  .openapi('Photograph');

const urlOf = (sha256: string, publicUrl: string) => new URL(`${PHOTO_PATH}${sha256}`, publicUrl).href;
/** The one address of it in `photos`. */
export const mainUrl = (photo: Photograph, publicUrl: string) =>
  urlOf(mainSize(photo)?.sha256 ?? photo.sha256, publicUrl);

export function presentPhotograph(photo: Photograph, publicUrl: string) {
  const sizes = photo.sizes.map(({ sha256, ...size }) => ({ ...size, url: urlOf(sha256, publicUrl) }));
  return { id: photo.id, url: mainUrl(photo, publicUrl), sizes };
}

const tag = 'vehicles';
const picture = z
  .instanceof(File, { error: 'must be a file' })
  .openapi({ type: 'string', format: 'binary', description: 'JPEG, PNG or WebP, at most 10 MB' });
const upload = z.strictObject({ file: picture });
const binary = { schema: z.string().openapi({ format: 'binary' }) };

/** Photographs of vehicles: handed in by staff, read by everybody. Their order is that of `photos` of the vehicle. */
export function photoRoutes(deps: ApiDependencies) {
  const { db, config } = deps;
  const app = router();
  const guard = existing((id) => findVehicle(db, id));

  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/vehicles/{id}/photos',
      summary: 'Add a photograph, which is turned upright, freed of what the camera wrote, and kept in three widths',
      tag,
      roles: staff,
      guard,
      params: idParam,
      body: upload,
      multipart: true,
      status: 201,
      answer: photograph,
    }),
    async (c) => {
      const parsed = upload.safeParse(await c.req.parseBody());
      if (!parsed.success) throw invalidInput(parsed.error);
      const bytes = new Uint8Array(await parsed.data.file.arrayBuffer());
      const added = await addPhoto(db, callerOf(c).actor, { vehicleId: c.req.valid('param').id, bytes });
      return c.json(presentPhotograph(added, config.PUBLIC_URL), 201);
    },
  );

  app.openapi(
    defineRoute(deps, {
      method: 'delete',
      path: '/vehicles/{id}/photos/{photoId}',
      summary: 'Take a photograph away',
      tag,
      roles: staff,
      guard,
      params: idParam.extend({ photoId: uuid }),
      status: 204,
      answer: nothing,
    }),
    async (c) => {
      const { id: vehicleId, photoId } = c.req.valid('param');
      await transact(db, callerOf(c).actor, new Date(), (context) => removePhoto(context, { vehicleId, photoId }));
      return c.body(null, 204);
    },
  );

  const content = defineRoute(deps, {
    method: 'get',
    path: '/photos/{hash}',
    summary: 'A picture itself, which never changes under its address',
    tag,
    roles: 'public',
    params: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
    status: 200,
    answer: z.unknown(),
  });
  const found = { description: 'The picture', content: { 'image/webp': binary, 'image/jpeg': binary } };
  const responses = { ...content.responses, 200: found, 304: { description: 'It is as it was' } };
  app.openapi({ ...content, responses }, async (c) => {
    const { hash } = c.req.valid('param');
    const kept = await findPicture(db, hash);
    if (kept === undefined) throw new Problem('not_found');
    const headers = { 'cache-control': 'public, max-age=31536000, immutable', etag: `"${hash}"` };
    if (isUnchanged(c, headers.etag)) return c.body(null, 304, headers);
    return c.body(new Uint8Array(kept.content), 200, {
      ...headers,
      'content-type': kept.mediaType,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    });
  });
  return app;
}
