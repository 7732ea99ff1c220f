import { inArray, sql } from 'drizzle-orm';
import { pictures, vehicles } from '#db/schema/index';
import { hashesOf, type Photo } from '#domain/vehicles/photograph';
import type { RenderedSize } from '#platform/pictures';
import type { Context } from '../context.ts';

/*
 * What is kept of photographs. Whoever keeps one and whoever takes one away lock it first, so that none goes while
 * another vehicle gets it.
 */

/** Keeps what is not kept yet, until the commit from being taken away. */
export async function keepPictures({ tx, at }: Context, sizes: readonly RenderedSize[]): Promise<void> {
  const rows = new Map(
    sizes.map(({ sha256, type, bytes }) => [sha256, { sha256, mediaType: type, content: bytes, createdAt: at }]),
  );
  await tx
    .insert(pictures)
    .values([...rows.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)))
    .onConflictDoUpdate({ target: pictures.sha256, set: { sha256: sql`excluded.sha256` } });
}

/** Until the commit nobody takes away what these photographs are kept as. */
export async function holdPictures({ tx }: Context, photos: readonly Photo[]): Promise<void> {
  const hashes = hashesOf(photos);
  if (hashes.length === 0) return;
  await tx
    .select({ sha256: pictures.sha256 })
    .from(pictures)
    .where(inArray(pictures.sha256, hashes))
    .orderBy(pictures.sha256)
    .for('key share');
}

/** Takes away what a vehicle no longer shows, where no other vehicle does. Call it when the vehicle is written. */
export async function forgetPictures(
  { tx }: Context,
  before: readonly Photo[],
  after: readonly Photo[],
): Promise<void> {
  const kept = new Set(hashesOf(after));
  const gone = hashesOf(before).filter((hash) => !kept.has(hash));
  if (gone.length === 0) return;
  const isGone = inArray(pictures.sha256, gone);
  await tx.select({ sha256: pictures.sha256 }).from(pictures).where(isGone).orderBy(pictures.sha256).for('update');
  for (const hash of gone) {
    const shown = sql`${vehicles.photos} @> ${JSON.stringify([{ sizes: [{ sha256: hash }] }])}::jsonb`;
    if ((await tx.$count(vehicles, shown)) === 0) await tx.delete(pictures).where(inArray(pictures.sha256, [hash]));
  }
}
