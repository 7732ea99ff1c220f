import { and, eq, inArray, sql } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { accounts } from '#domain/ledger/ledger';
import type { Context } from '../../context.ts';
import type { CreditShare, CreditShares } from '../../leases/credit-shares.ts';

/** Cases of money that is there by one person's word alone. */
const kinds = ['insurance_to_confirm', 'sale_to_confirm', 'cash_to_confirm'] as const;

/** The credit that an insurer's money made of what its customer had paid. Old cases have no figure: then all credit counts. */
const surplus = sql<string | null>`${cases.detail} #>> '{surplus,amount}'`;

interface Unconfirmed {
  /** Minor units. */
  readonly amount: number;
  /** What else there is. */
  readonly others: CreditShares['shares'];
}

/**
 * How much of a lease's credit is there only by the word of whoever said that an insurer pays, what a vehicle was sold for, or how much
 * cash he took: it does not go back before somebody else has decided on that. What else is the customer's does. Of a sale, and of cash, it is what is left of
 * its payments now, whatever they have paid meanwhile that is owed no more. Call it with the lease locked.
 */
export async function unconfirmedOf(
  { tx }: Pick<Context, 'tx'>,
  leaseId: string,
  shares: CreditShares['shares'],
): Promise<Unconfirmed> {
  const isIts = and(eq(cases.leaseId, leaseId), inArray(cases.kind, [...kinds]), eq(cases.status, 'open'));
  const open = await tx.select({ kind: cases.kind, paymentId: cases.paymentId, surplus }).from(cases).where(isIts);
  const isSale = open.some(({ kind }) => kind === 'sale_to_confirm');
  const cash = new Set(open.flatMap((one) => (one.kind === 'cash_to_confirm' ? (one.paymentId ?? []) : [])));
  const isHeld = ({ payment }: CreditShare) =>
    (isSale && payment.source === accounts.sale(leaseId)) || cash.has(payment.id);
  const insured = open
    .filter(({ kind }) => kind === 'insurance_to_confirm')
    .map((one) => (one.surplus === null ? Infinity : Number(one.surplus)));
  const amount = [...insured, ...shares.filter(isHeld).map(({ left }) => left)].reduce((sum, one) => sum + one, 0);
  return { amount, others: shares.filter((share) => !isHeld(share)) };
}

/** @param amount that is to go of the credit; minor units. @returns of whom it may be. @throws Problem invalid_state */
export async function refuseUnconfirmed(
  context: Pick<Context, 'tx'>,
  leaseId: string,
  { free, shares, amount }: Pick<CreditShares, 'free' | 'shares'> & { readonly amount: number },
): Promise<CreditShares['shares']> {
  const held = await unconfirmedOf(context, leaseId, shares);
  if (held.amount > 0 && amount > free - held.amount)
    throw new Problem(
      'invalid_state',
      'an insurer’s money, what the sale brought, or cash of one agent’s word is not confirmed yet (case insurance_to_confirm, sale_to_confirm or cash_to_confirm)',
    );
  return held.others;
}
