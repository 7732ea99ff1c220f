import { eq } from 'drizzle-orm';
import { inbound } from '#db/schema/index';
import { instantOf, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { startInbound } from '#steering/start-inbound';
import { record, transact } from '../../context.ts';
import type { PaymentDependencies } from '../dependencies.ts';

/**
 * A person has reason to believe in a payment that the provider denied: it is asked once more, on the
 * statement of `paidOn` (local date of its market) and of the days beside it, or of the days that were looked at.
 *
 * @throws Problem invalid_state for a payment that was not denied.
 */
export async function askAgain(
  deps: Pick<PaymentDependencies, 'db' | 'temporal' | 'config'>,
  actor: Actor,
  { inboundId, paidOn }: { inboundId: string; paidOn: LocalDate | null },
): Promise<void> {
  const row = await transact(deps.db, actor, new Date(), async (context) => {
    const { tx } = context;
    const [found] = await tx.select().from(inbound).where(eq(inbound.id, inboundId)).for('update');
    if (found?.status !== 'refuted')
      throw new Problem('invalid_state', 'only what the provider has denied is asked about again');
    if (paidOn !== null)
      await tx
        .update(inbound)
        .set({ paidAt: new Date(instantOf(paidOn, 12, found.market)) })
        .where(eq(inbound.id, inboundId));
    await record(context, { type: 'inbound.asked_again', subject: inboundId, detail: { paidOn } });
    return found;
  });
  await startInbound(deps, row);
}
