import { and, eq, isNotNull, isNull, ne, type SQL } from 'drizzle-orm';
import { agreements } from '#db/schema/index';
import type { AgreementOutcome } from '#domain/leases/agreement/facts';
import { record, type Context } from '../../context.ts';

/**
 * What became of what was signed for a lease, or for an exchange, is kept beside it. Said again it changes nothing.
 *
 * @param but the one that was signed instead
 */
export async function settleAgreements(
  context: Context,
  of: { readonly leaseId: string } | { readonly upgradeId: string },
  became: AgreementOutcome,
  but?: string,
): Promise<void> {
  const isOfIt: SQL = 'leaseId' in of ? eq(agreements.leaseId, of.leaseId) : eq(agreements.upgradeId, of.upgradeId);
  const isOpen = and(isOfIt, isNotNull(agreements.inForceAt), isNull(agreements.became));
  const rows = await context.tx
    .update(agreements)
    .set({ became, becameAt: context.at })
    .where(but === undefined ? isOpen : and(isOpen, ne(agreements.id, but)))
    .returning({ id: agreements.id, leaseId: agreements.leaseId });
  for (const { id, leaseId } of rows)
    await record(context, { type: `agreement.${became}`, subject: id, detail: { leaseId } });
}
