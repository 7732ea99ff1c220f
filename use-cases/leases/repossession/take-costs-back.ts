import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { audit, demands, repossessions } from '#db/schema/index';
import { deciding } from '#domain/audit';
import { Problem } from '#domain/errors';
import { keepingCosts } from '#domain/ledger/ledger';
import { formatMoney, money } from '#domain/money';
import { needsAdmin } from '#domain/needs-admin';
import { recordOnLease, type Context } from '../../context.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { creditPays } from '../credit-pays.ts';
import { lockLease, updateLease } from '../lease-record.ts';
import { roundCredit } from '../round-credit.ts';
import { freeCosts } from './free-costs.ts';
import { admitStep } from './repossession-record.ts';
import { askToConfirm, noteProceeds } from './sale-to-confirm.ts';

interface CostsBack {
  readonly leaseId: string;
  /** Of the request: the same is taken back once. */
  readonly correctionId: string;
  /** Minor units of the lease's currency, of all that keeping and selling the vehicle has cost. */
  readonly amount: number;
  readonly reason: string;
}

/**
 * Costs that were charged by a slip are owed no more. Another person takes them back than any who charged costs of the lease,
 * also after the vehicle was redeemed or sold. What was paid of them pays what else is owed, or is the customer's credit. A demand
 * that asked for them stands no longer.
 *
 * @throws Problem forbidden to who charged them, and for more than an agent decides on alone; unprocessable for more than was
 * charged; invalid_state where no vehicle was taken back
 */
export async function takeCostsBack(context: Context, input: CostsBack): Promise<void> {
  const { leaseId, correctionId, amount, reason } = input;
  admitStep('takeCostsBack', context.actor);
  const found = await lockLease(context.tx, leaseId);
  const [held] = await context.tx.select().from(repossessions).where(eq(repossessions.leaseId, leaseId)).for('update');
  if (held === undefined) throw new Problem('invalid_state', 'no vehicle of this lease was taken back');
  const key = `keeping-undone:${correctionId}`;
  if ((await context.tx.$count(audit, eq(audit.key, key))) > 0) return;
  const sum = money(amount, found.row.currency);
  await refuseOwn(context, leaseId, sum);
  if (amount > held.costs) {
    const message = `must be at most ${held.costs}, what was charged`;
    throw new Problem('unprocessable', 'not so much was charged', [{ path: 'amount.amount', message }]);
  }
  const free = await freeCosts(context, found, held, input);
  await postOnLease(context, free.row, {
    key,
    kind: 'keeping_costs_undone',
    description: `${formatMoney(sum)} for a vehicle that was taken back were a slip: ${reason}`,
    entries: keepingCosts(-amount),
  });
  const costs = held.costs - amount;
  await context.tx.update(repossessions).set({ costs }).where(eq(repossessions.leaseId, leaseId));
  await endOverasked(context, leaseId, costs);
  // Where the law forgives what is short, what is left of the sale was noted with that.
  if (held.status === 'sold' && held.isShortfallOwed === true) await noteProceeds(context, held, { more: amount });
  const row = await updateLease(context, free.row, { feesCharged: free.row.feesCharged - amount });
  await recordOnLease(context, row, { key, type: 'lease.costs_taken_back', detail: { amount: sum, reason } });
  if (held.status === 'sold') await askToConfirm(context, row);
  await roundCredit(context, await creditPays(context, { ...free, row }), { as: `keeping-undone-${correctionId}` });
}

/** Demands that asked for more costs than are left have told the customer no sum that redeems: they stand no longer. */
async function endOverasked({ tx, at }: Context, leaseId: string, costs: number): Promise<void> {
  const isOfAll = and(eq(demands.leaseId, leaseId), eq(demands.kind, 'redemption'), isNull(demands.overaskedAt));
  const isOverasked = and(isOfAll, or(isNull(demands.costs), gt(demands.costs, costs)));
  await tx.update(demands).set({ overaskedAt: at }).where(isOverasked);
}

/** What agents take back of a lease counts together. @throws Problem forbidden */
async function refuseOwn({ tx, actor }: Context, leaseId: string, sum: ReturnType<typeof money>): Promise<void> {
  const isOwn = and(
    and(eq(audit.leaseId, leaseId), eq(audit.type, 'lease.costs_charged')),
    eq(sql`${audit.actor} ->> 'id'`, actor.id),
  );
  if ((await tx.$count(audit, isOwn)) > 0)
    throw new Problem('forbidden', 'somebody else than who has charged costs of the lease takes them back');
  if (actor.role === 'admin') return;
  const isByAgent = and(
    and(eq(audit.leaseId, leaseId), eq(audit.type, 'lease.costs_taken_back')),
    sql`${audit.actor} ->> 'role' <> 'admin'`,
  );
  const before = await tx.select({ detail: audit.detail }).from(audit).where(isByAgent);
  const taken = before.map(({ detail }) => deciding['lease.costs_taken_back'].parse(detail).amount.amount);
  const all = taken.reduce((total, amount) => total + amount, sum.amount);
  if (needsAdmin({ ...sum, amount: all })) throw new Problem('forbidden', 'so much an admin takes back');
}
