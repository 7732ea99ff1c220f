import { and, eq, gt, inArray, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { leaseClock } from '#db/queries/leases';
import { leases, upgrades } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { LAPSE_NOTICE } from '#domain/upgrades/upgrade';
import { doEach } from '#platform/attempt-each';
import { recordOnLease, transact, type Context } from '../context.ts';
import { emitUpgrade, lockUpgrade } from './upgrade-record.ts';

/** What its customer has a part in: on a referral an agent decides. */
const his = ['quoted', 'approved', 'inspected'] as const;

/**
 * Tells customers of exchanges that lapse in a day: once of each end. What was moved on within that day has said itself until when
 * it is good. Upkeep looks every few minutes.
 *
 * @param wall the wall's time; each lapses on the clock of its lease
 */
export async function tellLapsing(db: Database, wall: Date, beat: () => void): Promise<void> {
  const clock = sql`${wall.toISOString()}::timestamptz + ${leases.clockOffsetMs} * interval '1 millisecond'`;
  const notice = sql`${upgrades.expiresAt} - ${LAPSE_NOTICE} * interval '1 millisecond'`;
  const due = await db
    .select({ id: upgrades.id, clockOffsetMs: leases.clockOffsetMs })
    .from(upgrades)
    .innerJoin(leases, eq(leases.id, upgrades.leaseId))
    .where(
      and(
        isNull(upgrades.endedAt),
        inArray(upgrades.status, [...his]),
        gt(upgrades.expiresAt, clock),
        lte(notice, clock),
        lte(upgrades.updatedAt, notice),
        or(isNull(upgrades.lapseTold), ne(upgrades.lapseTold, upgrades.expiresAt)),
      ),
    );
  await doEach(due, async ({ id, clockOffsetMs }) => {
    beat();
    const at = leaseClock({ clockOffsetMs }, wall.getTime());
    await transact(db, system('upkeep'), at, (context) => tell(context, id));
  });
}

async function tell(context: Context, upgradeId: string): Promise<void> {
  const { lease, row } = await lockUpgrade(context, upgradeId);
  const { expiresAt, lapseTold } = row;
  const left = expiresAt.getTime() - context.at.getTime();
  const isTold = lapseTold?.getTime() === expiresAt.getTime();
  if (isTold || left <= 0 || left > LAPSE_NOTICE || !his.some((one) => one === row.status)) return;
  await context.tx.update(upgrades).set({ lapseTold: expiresAt }).where(eq(upgrades.id, upgradeId));
  const detail = { upgradeId, expiresAt: expiresAt.toISOString() };
  await recordOnLease(context, lease.row, { type: 'upgrade.lapsing', detail });
  await emitUpgrade(context, row, 'upgrade.lapsing');
}
