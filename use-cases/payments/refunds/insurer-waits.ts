import { and, eq, inArray, sql } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Context } from '../../context.ts';

type Reading = Pick<Context, 'tx'>;

/** Cases of money that is there by one person's word alone. */
const kinds = ['insurance_to_confirm', 'sale_to_confirm'] as const;

/** The credit that came from that money. Old cases have no figure: then all credit counts. */
const surplus = sql<string | null>`${cases.detail} #>> '{surplus,amount}'`;

/**
 * How much of a lease's credit is there only by the word of whoever said that an insurer pays, or what a vehicle was sold for, in
 * minor units: it does not go back before another admin has decided on that. What else is the customer's does.
 */
export async function heldForInsurer({ tx }: Reading, leaseId: string): Promise<number> {
  const isIts = and(eq(cases.leaseId, leaseId), inArray(cases.kind, [...kinds]), eq(cases.status, 'open'));
  const [open] = await tx.select({ surplus }).from(cases).where(isIts);
  if (open === undefined) return 0;
  return open.surplus === null ? Number.MAX_SAFE_INTEGER : Number(open.surplus);
}

/** @param free credit that is not on its way back; minor units. @throws Problem invalid_state */
export async function refuseHeldForInsurer(
  context: Reading,
  leaseId: string,
  { free, amount }: { readonly free: number; readonly amount: number },
): Promise<void> {
  const held = await heldForInsurer(context, leaseId);
  if (held > 0 && amount > free - held)
    throw new Problem(
      'invalid_state',
      'an insurer’s money, or what the sale brought, is not confirmed yet (case insurance_to_confirm or sale_to_confirm)',
    );
}
