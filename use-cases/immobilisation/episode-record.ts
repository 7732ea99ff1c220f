import { and, eq, ne } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { immobilisations } from '#db/schema/index';

export type EpisodeRow = typeof immobilisations.$inferSelect;

/** The open immobilisation of a vehicle, locked. Lock its lease before. */
export async function lockEpisode(tx: Transaction, vehicleId: string): Promise<EpisodeRow | null> {
  const [row] = await tx
    .select()
    .from(immobilisations)
    .where(and(eq(immobilisations.vehicleId, vehicleId), ne(immobilisations.state, 'ended')))
    .for('update');
  return row ?? null;
}

/** A start that begins: it has a code of its own, whatever our clock said when one was made for the start before. */
export const startNow = () => ({ state: 'starting', startingAt: new Date(), codeAt: null }) as const;

export async function changeEpisode(
  tx: Transaction,
  { id }: Pick<EpisodeRow, 'id'>,
  changes: Partial<EpisodeRow>,
): Promise<EpisodeRow> {
  const [row] = await tx.update(immobilisations).set(changes).where(eq(immobilisations.id, id)).returning();
  if (row === undefined) throw new Error(`immobilisation ${id} vanished`);
  return row;
}
