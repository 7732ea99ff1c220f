import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, notExists, notInArray, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { LocalDate } from '#domain/calendar';
import type { Market } from '#domain/markets';
import type { PaperKind } from '#domain/vehicles/papers';
import { leftFleet } from '#domain/vehicles/vehicle';
import type { Queryable } from '../client.ts';
import { papers, vehicles } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

/** What is said of a paper: all but its file. */
export const paperFacts = {
  id: papers.id,
  vehicleId: papers.vehicleId,
  kind: papers.kind,
  number: papers.number,
  validFrom: papers.validFrom,
  validUntil: papers.validUntil,
  mediaType: papers.mediaType,
  sha256: papers.sha256,
  size: papers.size,
  createdAt: papers.createdAt,
};

export interface PaperFacts {
  readonly id: string;
  readonly vehicleId: string;
  readonly kind: PaperKind;
  readonly number: string | null;
  readonly validFrom: LocalDate | null;
  readonly validUntil: LocalDate | null;
  readonly mediaType: string;
  readonly sha256: string;
  readonly size: number;
  readonly createdAt: Date;
}

/** Papers of a vehicle, the newest first; of these kinds alone where they are named. */
export function papersOf(
  db: Queryable,
  vehicleId: string,
  { limit, before, kinds }: Page & { readonly kinds?: readonly PaperKind[] | undefined },
): Promise<PaperFacts[]> {
  return db
    .select(paperFacts)
    .from(papers)
    .where(
      and(
        eq(papers.vehicleId, vehicleId),
        kinds === undefined ? undefined : inArray(papers.kind, [...kinds]),
        olderThan(before, papers.createdAt, papers.id),
      ),
    )
    .orderBy(desc(papers.createdAt), desc(papers.id))
    .limit(limit);
}

interface LapsingPaper extends PaperFacts {
  readonly market: Market;
  readonly validUntil: LocalDate;
}

interface Lapsing {
  /** Their last valid day is before this one. */
  readonly before: LocalDate;
  readonly market?: Market | undefined;
  readonly kind?: PaperKind | undefined;
  readonly after?: readonly [day: LocalDate, id: string] | undefined;
  readonly limit?: number | undefined;
}

const newer = alias(papers, 'newer');

/** Papers of the fleet that lapse and that no other of their kind follows, the first to lapse first. */
export async function lapsingPapers(
  db: Queryable,
  { before, market, kind, after, limit }: Lapsing,
): Promise<LapsingPaper[]> {
  const follows = db
    .select({ id: newer.id })
    .from(newer)
    .where(
      and(
        eq(newer.vehicleId, papers.vehicleId),
        eq(newer.kind, papers.kind),
        or(isNull(newer.validUntil), gt(newer.validUntil, papers.validUntil)),
      ),
    );
  const rows = db
    .select({ ...paperFacts, validUntil: sql<LocalDate>`${papers.validUntil}`, market: vehicles.market })
    .from(papers)
    .innerJoin(vehicles, eq(vehicles.id, papers.vehicleId))
    .where(
      and(
        isNotNull(papers.validUntil),
        lt(papers.validUntil, before),
        notInArray(vehicles.status, [...leftFleet]),
        notExists(follows),
        market === undefined ? undefined : eq(vehicles.market, market),
        kind === undefined ? undefined : eq(papers.kind, kind),
        after === undefined
          ? undefined
          : sql`(${papers.validUntil}, ${papers.id}) > (${after[0]}::date, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(asc(papers.validUntil), asc(papers.id));
  return limit === undefined ? rows : rows.limit(limit);
}
