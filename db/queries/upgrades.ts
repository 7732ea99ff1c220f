import { and, desc, eq } from 'drizzle-orm';
import type { UpgradeStatus } from '#domain/upgrades/upgrade';
import type { Queryable } from '../client.ts';
import { upgrades } from '../schema/index.ts';
import { olderThan, type Page } from './page.ts';

export type UpgradeRow = typeof upgrades.$inferSelect;

export async function findUpgrade(db: Queryable, id: string): Promise<UpgradeRow | undefined> {
  const [row] = await db.select().from(upgrades).where(eq(upgrades.id, id));
  return row;
}

interface UpgradeFilter {
  readonly customerId?: string | undefined;
  readonly leaseId?: string | undefined;
  readonly status?: UpgradeStatus | undefined;
}

/** Newest first, after the one that `before` names. */
export function listUpgrades(
  db: Queryable,
  { customerId, leaseId, status }: UpgradeFilter,
  page: Page,
): Promise<UpgradeRow[]> {
  const { createdAt, id } = upgrades;
  const { before } = page;
  return db
    .select()
    .from(upgrades)
    .where(
      and(
        customerId === undefined ? undefined : eq(upgrades.customerId, customerId),
        leaseId === undefined ? undefined : eq(upgrades.leaseId, leaseId),
        status === undefined ? undefined : eq(upgrades.status, status),
        olderThan(before, createdAt, id),
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit);
}
