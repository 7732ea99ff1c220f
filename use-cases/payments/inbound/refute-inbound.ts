import { eq } from 'drizzle-orm';
import { unprovenBefore } from '#db/queries/doubts';
import { readingsOf, reportedDays } from '#db/queries/reported-days';
import { leaseClock, scheduleOf } from '#db/queries/leases';
import type { InboundRow } from '#db/queries/suspense';
import { inbound } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { owedOf } from '#domain/leases/position';
import { money } from '#domain/money';
import { staysInDoubt } from '#domain/payments/announced';
import { SKEW_MS } from '#domain/payments/reconciliation';
import { isTrusted } from '#domain/payments/reconciliation-days';
import type { Denial } from '#domain/payments/wire';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { openCase } from '../../cases/open-case.ts';
import { record, transact, type Context } from '../../context.ts';
import { positionAt } from '../../leases/lease-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { leaseForInbound, leaseNamedBy } from '../inbound-record.ts';
import { chargesNear } from './own-charge.ts';

/**
 * Nobody paid what was announced, as far as the provider says: it is kept, and a case for a person. Where it may speak of a
 * charge of ours whose outcome is open, nobody is suspected. What its lease put off because it might have been paid is due. While
 * its statement may lag it is asked about on instead (`staysInDoubt`), at most for as long as its workflow has patience.
 *
 * @param input.isLast nobody asks any more
 */
export async function refuteInbound(
  deps: Pick<PaymentDependencies, 'db' | 'temporal'>,
  { inboundId, isLast = false }: { readonly inboundId: string; readonly isLast?: boolean },
  at: Date,
): Promise<Denial> {
  const denial = await transact(deps.db, system('inbound'), at, async (context): Promise<Denial> => {
    const [row] = await context.tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
    if (row?.status !== 'announced') return 'refuted';
    if (!isLast && (await mayBeLate(context, row))) return 'waits';
    await deny(context, row);
    return 'refuted';
  });
  if (denial === 'waits') return denial;
  const leaseId = await leaseForInbound(deps, { inboundId });
  if (leaseId !== null) await tellBooksChanged(deps, leaseId);
  return denial;
}

/**
 * What names no lease keeps none in doubt: it waits for the statement as well where it is denied. So does what is probably a charge of
 * ours of that sum, which is paid. While that charge is open the customer may have paid by himself because its prompt did not come:
 * it is asked about on, and counts beside it for nothing (`moneyInDoubt`).
 */
async function mayBeLate({ tx, at }: Context, row: InboundRow): Promise<boolean> {
  const lease = await leaseNamedBy(tx, row);
  if (lease === undefined || (await nearCharges(tx, row)).some(({ status }) => status === 'succeeded')) return false;
  const { provider, market, amount } = row;
  const [receivedAt, paidAt] = [row.receivedAt.getTime(), row.paidAt.getTime()];
  const madeBy = Math.min(paidAt, receivedAt);
  const day = localDateAt(madeBy, market);
  const isRead = (await reportedDays(tx, { provider, market }, day)).has(day);
  const readings = await readingsOf(tx, { provider, market, date: day });
  const isReported = isRead && isTrusted(day, market, readings, madeBy + SKEW_MS);
  const lines = await scheduleOf(tx, lease.id, lease.scheduleVersion);
  const owed = owedOf(positionAt({ row: lease, lines }, leaseClock(lease))) + lease.disputed;
  const before = (await unprovenBefore(tx, row)).map((one) => ({ ...one, receivedAt: one.receivedAt.getTime() }));
  return staysInDoubt({ receivedAt, paidAt, amount }, before, { owed, isReported, now: at.getTime() });
}

/** Charges of ours of the same sum, whose receipt is not known, that were asked for about its time. */
async function nearCharges(tx: Context['tx'], row: InboundRow) {
  return (await chargesNear(tx, row)).filter(({ amount }) => amount === row.amount);
}

async function deny(context: Context, { id: inboundId, ...row }: InboundRow): Promise<void> {
  await context.tx.update(inbound).set({ status: 'refuted' }).where(eq(inbound.id, inboundId));
  const { provider, receipt, amount, currency, account } = row;
  const near = await nearCharges(context.tx, { id: inboundId, ...row });
  if (near.length === 0)
    await openCase(context, {
      kind: 'forged_announcement',
      leaseId: null,
      paymentId: inboundId,
      detail: { provider, receipt, amount: money(amount, currency), account },
    });
  await record(context, {
    key: `inbound.refuted:${inboundId}`,
    type: 'inbound.refuted',
    subject: inboundId,
    detail: { provider, receipt },
  });
}
