import { eq } from 'drizzle-orm';
import { upgrades } from '#db/schema/index';
import { recordOnLease, type Context } from '../context.ts';
import { prolongHold } from '../vehicles/prolong-hold.ts';
import { emitUpgrade, lockUpgradeIn, type UpgradeRow } from './upgrade-record.ts';

const HOUR = 3_600_000;

interface Extension {
  readonly upgradeId: string;
  readonly hours: number;
  readonly reason: string;
}

/**
 * An agent has the other vehicle held longer for an exchange that is under way: it does not lapse before. Its workflow reads
 * when that is when its own time has come.
 *
 * @throws Problem invalid_state for one that has lapsed, or holds no vehicle; as `prolongHold`
 */
export async function extendExchange(context: Context, { upgradeId, hours, reason }: Extension): Promise<UpgradeRow> {
  const { lease, row } = await lockUpgradeIn(context, upgradeId, ['quoted', 'referred', 'approved', 'inspected']);
  const { newLeaseId, vehicleId } = row;
  const until = new Date(row.expiresAt.getTime() + hours * HOUR);
  await prolongHold(context, { leaseId: newLeaseId, vehicleId, hours, until });
  const [extended] = await context.tx
    .update(upgrades)
    .set({ expiresAt: until, updatedAt: context.at })
    .where(eq(upgrades.id, upgradeId))
    .returning();
  if (extended === undefined) throw new Error(`upgrade ${upgradeId} vanished`);
  const detail = { upgradeId, hours, until: until.toISOString(), reason };
  await recordOnLease(context, lease.row, { type: 'upgrade.extended', detail });
  await emitUpgrade(context, extended, 'upgrade.extended');
  return extended;
}
