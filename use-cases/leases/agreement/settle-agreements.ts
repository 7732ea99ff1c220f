import { and, eq, isNotNull, isNull, ne, type SQL } from 'drizzle-orm';
import { agreements } from '#db/schema/index';
import type { AgreementOutcome } from '#domain/leases/agreement/facts';
import { record, type Context } from '../../context.ts';

type Of =
  | { readonly leaseId: string }
  | { readonly upgradeId: string }
  | { readonly transferId: string }
  | { readonly guaranteeId: string };

function isOfIt(of: Of): SQL {
  if ('leaseId' in of) return eq(agreements.leaseId, of.leaseId);
  if ('upgradeId' in of) return eq(agreements.upgradeId, of.upgradeId);
  return 'transferId' in of ? eq(agreements.transferId, of.transferId) : eq(agreements.guaranteeId, of.guaranteeId);
}

/**
 * What became of what was signed for a lease, an exchange, a transfer or a guarantee is kept beside it. Said again it changes nothing.
 *
 * @param but the one that was signed instead
 */
export async function settleAgreements(
  context: Context,
  of: Of,
  became: AgreementOutcome,
  but?: string,
): Promise<void> {
  const isOpen = and(isOfIt(of), isNotNull(agreements.inForceAt), isNull(agreements.became));
  const rows = await context.tx
    .update(agreements)
    .set({ became, becameAt: context.at })
    .where(but === undefined ? isOpen : and(isOpen, ne(agreements.id, but)))
    .returning({ id: agreements.id, leaseId: agreements.leaseId });
  for (const { id, leaseId } of rows)
    await record(context, { type: `agreement.${became}`, subject: id, detail: { leaseId } });
}
