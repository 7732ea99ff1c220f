import { and, desc, eq, sql } from 'drizzle-orm';
import type { StepKind, StepStatus } from '#domain/collateral/step';
import type { Queryable } from '../client.ts';
import { collateralSteps, leases } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type StepRow = typeof collateralSteps.$inferSelect;
export type StepStand = Awaited<ReturnType<typeof listSteps>>[number];

interface StepFilter {
  readonly id?: string | undefined;
  /** Those of the leases that a customer has. */
  readonly customerId?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly kind?: StepKind | undefined;
  readonly status?: StepStatus | undefined;
}

/** Newest first, after the one that `before` names. */
export async function listSteps(db: Queryable, filter: StepFilter, page: Page) {
  const { id, customerId, leaseId, kind, status } = filter;
  const { vehicleId, market, clockOffsetMs } = leases;
  const rows = await db
    .select({ row: collateralSteps, lease: { vehicleId, market, clockOffsetMs } })
    .from(collateralSteps)
    .innerJoin(leases, eq(leases.id, collateralSteps.leaseId))
    .where(
      and(
        id === undefined ? undefined : eq(collateralSteps.id, id),
        customerId === undefined ? undefined : eq(leases.customerId, customerId),
        leaseId === undefined ? undefined : eq(collateralSteps.leaseId, leaseId),
        kind === undefined ? undefined : eq(collateralSteps.kind, kind),
        status === undefined ? undefined : eq(collateralSteps.status, status),
        olderThan(page.before, collateralSteps.openedAt, collateralSteps.id),
      ),
    )
    .orderBy(desc(collateralSteps.openedAt), desc(collateralSteps.id))
    .limit(page.limit);
  return rows.map(({ row, lease }) => ({ ...row, createdAt: row.openedAt, lease }));
}

/** Whether the lender's interest stands in a register for a lease. */
export async function isRegistered(db: Queryable, leaseId: string): Promise<boolean> {
  const ofIt = eq(collateralSteps.leaseId, leaseId);
  const [row] = await db
    .select({ is: sql<boolean>`bool_or(${collateralSteps.kind} = 'registration')` })
    .from(collateralSteps)
    .where(and(ofIt, eq(collateralSteps.status, 'done')));
  return row?.is === true;
}

/** Whose a vehicle is whose title is not made out to him yet; undefined where none is waited for. */
export async function awaitsTitle(db: Queryable, vehicleId: string): Promise<string | undefined> {
  const isAwaited = and(eq(collateralSteps.kind, 'title'), eq(collateralSteps.status, 'open'));
  const [row] = await db
    .select({ customerId: leases.customerId })
    .from(collateralSteps)
    .innerJoin(leases, eq(leases.id, collateralSteps.leaseId))
    .where(and(eq(leases.vehicleId, vehicleId), isAwaited))
    .limit(1);
  return row?.customerId;
}
