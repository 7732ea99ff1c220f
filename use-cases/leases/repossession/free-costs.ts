import { accounts, takenBack } from '#domain/ledger/ledger';
import { phaseOf } from '#domain/leases/status';
import { money } from '#domain/money';
import { recordOnLease, type Context } from '../../context.ts';
import { postOnLease } from '../../ledger/post-transfer.ts';
import { freePaid } from '../free-overpaid.ts';
import { businessDate, updateLease, type LeaseRecord } from '../lease-record.ts';
import { owedAgain } from '../owed-again.ts';
import type { RepossessionRow } from './repossession-record.ts';
import { forgiveLess } from './shortfall.ts';

/**
 * What nobody owes after a sale is less by costs that were a slip, and what was paid of them is credit, or in dispute no more.
 * What was forgiven of them goes first. Call it with the lease locked.
 */
export async function freeCosts(
  context: Context,
  found: LeaseRecord,
  { heldAt }: RepossessionRow,
  { amount, correctionId }: { readonly amount: number; readonly correctionId: string },
): Promise<LeaseRecord> {
  const slip = { amount, valueOn: businessDate(found.row, heldAt), requestedAt: heldAt };
  const owed = await forgiveLess(context, found, slip, 'fee');
  const charged = owed.row.feesCharged - amount;
  const overOf = ({ row: { feesPaid, feesWaived } }: LeaseRecord) =>
    Math.min(feesPaid, Math.max(0, feesPaid + feesWaived - charged));
  const freed = await freePaid(context, owed, overOf(owed), {
    key: `keeping-paid:${correctionId}`,
    kind: 'costs_overpaid',
    description: 'paid for costs that were a slip',
    isMeant: ({ component }) => component === 'fee',
  });
  const lease = await freeDisputed(context, freed, overOf(freed), correctionId);
  const feesWaived = Math.min(lease.row.feesWaived, charged - lease.row.feesPaid);
  if (feesWaived === lease.row.feesWaived) return lease;
  return { ...lease, row: await updateLease(context, lease.row, { feesWaived }) };
}

/**
 * Where the payment of these costs was taken back meanwhile, the dispute becomes less; what was paid of it becomes credit, and
 * what was written off of it comes back.
 */
async function freeDisputed(
  context: Context,
  found: LeaseRecord,
  amount: number,
  correctionId: string,
): Promise<LeaseRecord> {
  if (amount === 0) return found;
  const lease = await freePaid(context, found, Math.max(0, amount - found.row.disputed), {
    key: `keeping-dispute-paid:${correctionId}`,
    kind: 'costs_overpaid',
    description: 'paid of a dispute for costs that were a slip',
    isMeant: ({ component }) => component === 'disputed',
  });
  const { row } = lease;
  const disputed = Math.min(amount, row.disputed);
  const parts = [
    { component: 'fee', instalment: null, amount },
    { component: 'disputed', instalment: null, amount: -disputed },
  ];
  const key = `keeping-disputed:${correctionId}`;
  await postOnLease(context, row, {
    key,
    kind: 'costs_overpaid',
    description: 'in dispute, or given up, for costs that were a slip',
    entries: takenBack(row.id, accounts.writeOff, parts, phaseOf(row)),
  });
  const sum = (of: number) => money(of, row.currency);
  const detail = { amount: sum(amount), disputed: sum(disputed) };
  await recordOnLease(context, row, { key, type: 'lease.costs_overpaid', detail });
  return owedAgain(context, lease, parts);
}
