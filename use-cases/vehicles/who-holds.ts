import { and, eq, inArray, isNotNull, isNull, notInArray, or } from 'drizzle-orm';
import { holds, leases, upgrades, waiting } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { holdableFrom } from '#domain/vehicles/holds';
import type { Context } from '../context.ts';

type Reading = Pick<Context, 'tx'>;

interface WhoAndWhat {
  readonly customerId: string;
  readonly vehicleId: string;
}

/** Whether somebody holds a vehicle; one may be `reserved` for whose turn it is alone. Call it with the vehicle locked. */
export async function isHeld({ tx }: Reading, vehicleId: string): Promise<boolean> {
  return (await tx.$count(holds, and(eq(holds.vehicleId, vehicleId), isNull(holds.releasedAt)))) > 0;
}

/** @throws Problem held_before for who held the vehicle, or had his turn, and let it go, too often (`holdableFrom`). */
export async function refuseHeldBefore(context: Reading, who: WhoAndWhat, at: Date): Promise<void> {
  const from = holdableFrom(await letGoBy(context, who), at);
  if (from !== null)
    throw new Problem('held_before', `it was held and let go: it can be held again from ${from.toISOString()} on`);
}

/** True while the vehicle is held for a lease of the customer, also one that an exchange begins later. */
export async function isHeldFor({ tx }: Reading, { customerId, vehicleId }: WhoAndWhat): Promise<boolean> {
  const [held] = await tx
    .select({ id: holds.id })
    .from(holds)
    .leftJoin(leases, eq(leases.id, holds.leaseId))
    .leftJoin(upgrades, eq(upgrades.newLeaseId, holds.leaseId))
    .where(and(eq(holds.vehicleId, vehicleId), isNull(holds.releasedAt), isOf(customerId)));
  return held !== undefined;
}

const isOf = (customerId: string) => or(eq(leases.customerId, customerId), eq(upgrades.customerId, customerId));

/** An exchange that lapsed while it was for staff to decide on it, or to swap, is not held against anybody. */
const isNotOurs = or(isNull(upgrades.lapsedFrom), notInArray(upgrades.lapsedFrom, ['referred', 'inspected']));

/** When a customer's holds of a vehicle ended that brought him none, by an application or an exchange, and turns that he did not take. */
async function letGoBy({ tx }: Reading, { customerId, vehicleId }: WhoAndWhat): Promise<Date[]> {
  const isHis = and(eq(waiting.vehicleId, vehicleId), eq(waiting.customerId, customerId));
  const turns = await tx
    .select({ at: waiting.endedAt })
    .from(waiting)
    .where(and(isHis, isNotNull(waiting.calledAt), inArray(waiting.status, ['missed', 'left'])));
  const rows = await tx
    .select({ at: holds.releasedAt })
    .from(holds)
    .leftJoin(leases, eq(leases.id, holds.leaseId))
    .leftJoin(upgrades, eq(upgrades.newLeaseId, holds.leaseId))
    .where(and(eq(holds.vehicleId, vehicleId), isNull(leases.handedOverAt), isOf(customerId), isNotOurs));
  return [...rows, ...turns].flatMap(({ at }) => (at === null ? [] : [at]));
}
