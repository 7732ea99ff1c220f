import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { inspectionPictures, inspections } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Side } from '#domain/vehicles/inspection';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { openFile, sealFile, type OpenedFile } from '../sealed-file.ts';
import { lockOpen, type ItsInspection } from './begin-inspection.ts';

/** Pictures that an inspection has at most. */
const MOST = 30;

export interface InspectionPicture {
  readonly id: string;
  readonly side: Side;
  readonly mediaType: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What is said of a picture: all but its file. */
const pictureFacts = {
  id: inspectionPictures.id,
  side: inspectionPictures.side,
  mediaType: inspectionPictures.mediaType,
  sha256: inspectionPictures.sha256,
  size: inspectionPictures.size,
};

/**
 * Keeps a picture of an inspection that is under way, encrypted. The same file of the same side is the picture that is there.
 *
 * @throws Problem not_found, invalid_state, payload_too_large, unsupported_media_type; unprocessable for one too many.
 */
export async function addInspectionPicture(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  { side, bytes, ...which }: ItsInspection & { readonly side: Side; readonly bytes: Uint8Array },
): Promise<InspectionPicture> {
  const { tx, at } = context;
  const file = sealFile(encryption, bytes);
  if (file.mediaType === 'application/pdf') throw new Problem('unsupported_media_type', 'a picture is a JPEG or a PNG');
  const { id: inspectionId } = await lockOpen(context, which);
  const taken = await tx
    .select(pictureFacts)
    .from(inspectionPictures)
    .where(eq(inspectionPictures.inspectionId, inspectionId));
  const same = taken.find((one) => one.side === side && one.sha256 === file.sha256);
  if (same !== undefined) return same;
  if (taken.length >= MOST)
    throw new Problem('unprocessable', `an inspection has at most ${MOST} pictures`, [
      { path: 'file', message: 'is one too many' },
    ]);
  const [row] = await tx
    .insert(inspectionPictures)
    .values({ id: uuidv7(), inspectionId, side, ...file, createdAt: at })
    .returning(pictureFacts);
  if (row === undefined) throw new Error('the picture was not stored');
  const detail = { inspectionId, pictureId: row.id, side, sha256: row.sha256 };
  await record(context, { type: 'vehicle.inspection.picture', subject: which.vehicleId, detail });
  return row;
}

/** Shows a picture of an inspection, and writes down who looked. @throws Problem not_found */
export async function openInspectionPicture(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  { vehicleId, inspectionId, pictureId }: ItsInspection & { readonly pictureId: string },
): Promise<OpenedFile> {
  const isIt = and(
    eq(inspectionPictures.id, pictureId),
    eq(inspections.id, inspectionId),
    eq(inspections.vehicleId, vehicleId),
  );
  const [row] = await context.tx
    .select({ picture: inspectionPictures })
    .from(inspectionPictures)
    .innerJoin(inspections, eq(inspections.id, inspectionPictures.inspectionId))
    .where(isIt);
  if (row === undefined) throw new Problem('not_found');
  const detail = { inspectionId, pictureId };
  await record(context, { type: 'vehicle.inspection.picture_opened', subject: vehicleId, detail });
  return openFile(encryption, row.picture);
}
