import { and, desc, eq } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { dossiers, submissions, thefts, users, vehicles } from '../schema/index.ts';
import { findLease, leaseStands } from './leases.ts';
import { lastPositions, type PositionRow } from './telematics.ts';

export type IssuedDossier = typeof dossiers.$inferSelect;

const DAY = 24 * 3_600_000;
/** Days before the theft of which positions are told. */
const DAYS_BEFORE = 2;
/** The most positions that one dossier has. */
const MOST_POSITIONS = 5_000;

/** What the police are told of a theft. Personal data is as it is stored. */
export interface TheftFacts {
  readonly leaseId: string;
  readonly reference: string;
  readonly theft: Pick<typeof thefts.$inferSelect, 'stolenAt' | 'reportedAt' | 'recoveredAt' | 'policeReference'>;
  readonly customer: typeof users.$inferSelect;
  /** The newest approved one. */
  readonly identity: typeof submissions.$inferSelect | null;
  readonly vehicle: typeof vehicles.$inferSelect;
  readonly agreementSignedAt: Date | null;
  readonly handedOverAt: Date | null;
  readonly ownedPercent: number;
  /** The time of the positions, on the wall. */
  readonly from: Date;
  readonly to: Date;
  /** From two days before the theft on, as far as its customer had the vehicle; the newest of them, oldest first. */
  readonly positions: readonly PositionRow[];
  /** True where there are older ones than these. */
  readonly isCut: boolean;
}

/** The last theft of a lease's vehicle; undefined where none was reported. */
export async function theftFacts(db: Queryable, leaseId: string): Promise<TheftFacts | undefined> {
  const row = await findLease(db, leaseId);
  const [theft] = await db
    .select()
    .from(thefts)
    .where(eq(thefts.leaseId, leaseId))
    .orderBy(desc(thefts.reportedAt))
    .limit(1);
  if (row === undefined || theft === undefined) return undefined;
  const [[stand], [customer], [vehicle], [identity]] = await Promise.all([
    leaseStands(db, [row]),
    db.select().from(users).where(eq(users.id, row.customerId)),
    db.select().from(vehicles).where(eq(vehicles.id, row.vehicleId)),
    db
      .select()
      .from(submissions)
      .where(and(eq(submissions.userId, row.customerId), eq(submissions.status, 'approved')))
      .orderBy(desc(submissions.id))
      .limit(1),
  ]);
  if (stand === undefined || customer === undefined || vehicle === undefined) return undefined;
  // Trackers go by the wall; only a lease of development is ahead of it.
  const onTheWall = (at: Date) => at.getTime() - row.clockOffsetMs;
  // What was before is another's, whom the theft is no matter of.
  const held = row.transferredAt ?? row.handedOverAt ?? row.createdAt;
  const from = new Date(Math.max(onTheWall(theft.stolenAt) - DAYS_BEFORE * DAY, onTheWall(held)));
  const to = theft.recoveredAt === null ? new Date() : new Date(onTheWall(theft.recoveredAt));
  const found = await lastPositions(db, { vehicleId: row.vehicleId, from, to, limit: MOST_POSITIONS });
  const { reference, agreementSignedAt, handedOverAt } = row;
  return {
    leaseId,
    reference,
    theft,
    customer,
    identity: identity ?? null,
    vehicle,
    agreementSignedAt,
    handedOverAt,
    ownedPercent: stand.ownedPercent,
    from,
    to,
    positions: found.slice(-MOST_POSITIONS),
    isCut: found.length > MOST_POSITIONS,
  };
}

/** A dossier that was given out, by its code. */
export async function findIssuedDossier(db: Queryable, code: string): Promise<IssuedDossier | undefined> {
  const [row] = await db.select().from(dossiers).where(eq(dossiers.code, code));
  return row;
}
