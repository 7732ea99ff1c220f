import { eq } from 'drizzle-orm';
import { inbound } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import { record, transact } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { openCase } from '../../cases/open-case.ts';
import { tellBooksChanged } from '#steering/tell-books-changed';
import { chargesNear } from './own-charge.ts';
import { leaseForInbound } from '../inbound-record.ts';

/**
 * Nobody paid what was announced: it is kept, and a case for a person. Where it may speak of a charge of ours
 * whose outcome is open, nobody is suspected. What its lease put off because it might have been paid is due.
 */
export async function refuteInbound(
  deps: Pick<PaymentDependencies, 'db' | 'temporal'>,
  inboundId: string,
  at: Date,
): Promise<void> {
  await transact(deps.db, system('inbound'), at, async (context) => {
    const [row] = await context.tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
    if (row?.status !== 'announced') return;
    await context.tx.update(inbound).set({ status: 'refuted' }).where(eq(inbound.id, inboundId));
    const { provider, receipt, amount, currency, account } = row;
    const open = (await chargesNear(context.tx, row)).filter((charge) => charge.amount === amount);
    if (open.length === 0)
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
  });
  const leaseId = await leaseForInbound(deps, { inboundId });
  if (leaseId !== null) await tellBooksChanged(deps, leaseId);
}
