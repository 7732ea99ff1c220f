import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import type { VehicleRow } from '#db/queries/vehicles';
import { vehicles } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { MOST_PHOTOS, type Photo, type Photograph } from '#domain/vehicles/photograph';
import { renderPicture } from '#platform/pictures';
import { record, transact, type Context } from '../context.ts';
import { forgetPictures, keepPictures } from './pictures.ts';
import { tellChange } from './tell-change.ts';
import { lockVehicle } from './update-vehicle.ts';

/**
 * Shows a picture of a vehicle, after those that it has. The same file again is the photograph that is there.
 *
 * @throws Problem as `renderPicture`; not_found; invalid_state for one that is retired; unprocessable for one more than
 * it may have.
 */
export async function addPhoto(
  db: Database,
  actor: Actor,
  { vehicleId, bytes }: { readonly vehicleId: string; readonly bytes: Uint8Array },
): Promise<Photograph> {
  const rendered = await renderPicture(bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return transact(db, actor, new Date(), async (context) => {
    const vehicle = await lockVehicle(context, vehicleId);
    const same = vehicle.photos.find((one): one is Photograph => typeof one !== 'string' && one.sha256 === sha256);
    if (same !== undefined) return same;
    if (vehicle.status === 'retired') throw new Problem('invalid_state', 'The vehicle is retired');
    if (vehicle.photos.length >= MOST_PHOTOS)
      throw new Problem('unprocessable', `a vehicle has at most ${MOST_PHOTOS} photographs`, [
        { path: 'file', message: 'is one too many' },
      ]);
    const photo = { id: uuidv7(), sha256, sizes: rendered.map(({ bytes: _bytes, ...size }) => size) };
    await keepPictures(context, rendered);
    await show(context, vehicle, [...vehicle.photos, photo], { added: photo.id });
    return photo;
  });
}

/** Takes a photograph away, and what is kept of it. @throws Problem not_found */
export async function removePhoto(
  context: Context,
  { vehicleId, photoId }: { readonly vehicleId: string; readonly photoId: string },
): Promise<void> {
  const vehicle = await lockVehicle(context, vehicleId);
  const left = vehicle.photos.filter((one) => typeof one === 'string' || one.id !== photoId);
  if (left.length === vehicle.photos.length) throw new Problem('not_found');
  await show(context, vehicle, left, { removed: photoId });
  await forgetPictures(context, vehicle.photos, left);
}

async function show(
  context: Context,
  { id }: VehicleRow,
  photos: Photo[],
  detail: Readonly<Record<string, string>>,
): Promise<void> {
  const { tx, at } = context;
  const [row] = await tx.update(vehicles).set({ photos, updatedAt: at }).where(eq(vehicles.id, id)).returning();
  await record(context, { type: 'vehicle.updated', subject: id, detail: { fields: ['photos'], ...detail } });
  if (row !== undefined) await tellChange(context, row);
}
