import { and, eq, inArray, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { openDeathOf } from '#db/queries/deaths';
import { cases, thefts } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { Problem } from '#domain/errors';
import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { closeCasesOf } from '../cases/close-case.ts';
import type { Context } from '../context.ts';
import { changeStatus } from './change-status.ts';
import { endPauseEarly } from './end-pause-early.ts';
import { waitForEstate } from './pause-for-days.ts';
import { positionInDoubt } from './in-doubt.ts';
import { businessDate, lockLeaseFor, standingOf, type LeaseRow } from './lease-record.ts';
import { supersedePromise } from './promise-payment.ts';
import { reckonAnew } from './settle-early.ts';
import { theftDaysLeft, waitForStolen } from './wait-for-stolen.ts';

/**
 * The vehicle was stolen: for the plan's days, those of a year together, nothing is collected, and every line that is not
 * paid, and not late by more than its grace, moves by as many, as in a pause, which a theft ends. Where its customer is said to
 * have died it waits for that instead. What the police and the reporter said stays with the theft, for its dossier.
 *
 * @throws Problem invalid_state unless it runs and is not stolen already; unprocessable for a theft in the future or
 * before the handover.
 */
export async function reportTheft(context: Context, input: Ordered<'reportTheft'>): Promise<Standing> {
  const { tx, at } = context;
  const found = await lockLeaseFor('reportTheft', context, input.leaseId);
  const stolenAt = stolenAtOf(context, found.row, input.stolenAt);
  const before = await endPauseEarly(context, found);
  const { leaseId, policeReference = null, note } = input;
  await tx.insert(thefts).values({ id: uuidv7(), leaseId, stolenAt, policeReference, reportedAt: at });
  await supersedePromise(context, before.row);
  const today = businessDate(before.row, at);
  const death = await openDeathOf(tx, before.row.customerId);
  const days = death === undefined ? await theftDaysLeft(context, before.row, today) : null;
  const until = days === null ? '' : `, nothing is collected until ${addDays(today, days)}`;
  const reason = note ?? `reported stolen${until}`;
  // Stolen first: what moves its lines is no payment, and starts no vehicle that is stopped.
  const row = await changeStatus(context, { leaseId, to: 'stolen', reason }, { pausedUntil: null, promisedOn: null });
  const stolen = { ...before, row };
  const waiting =
    death === undefined ? await waitForStolen(context, stolen, days) : await waitForEstate(context, stolen, death);
  return standingOf(waiting, at);
}

function stolenAtOf({ at }: Context, { handedOverAt }: LeaseRow, said: string | undefined): Date {
  if (said === undefined) return at;
  const stolenAt = new Date(said);
  const refuse = (message: string) =>
    new Problem('unprocessable', 'the theft cannot have been then', [{ path: 'at', message }]);
  if (stolenAt > at) throw refuse('must not be in the future, by the clock of the lease');
  if (handedOverAt !== null && stolenAt < handedOverAt) throw refuse('must be after the handover');
  return stolenAt;
}

/**
 * The vehicle was found: the lease goes on as its books say, and days of the theft's pause that were not taken are taken
 * back from the schedule. It waits where its customer is said to have died.
 *
 * @throws Problem invalid_state unless it is stolen.
 */
export async function recoverTheft(context: Context, { leaseId, note }: Ordered<'recoverTheft'>): Promise<Standing> {
  const found = await lockLeaseFor('recoverTheft', context, leaseId);
  const record = await endPauseEarly(context, found);
  const { daysPastDue } = await positionInDoubt(context, record);
  const to = daysPastDue > record.row.plan.graceDays ? 'in_arrears' : 'active';
  const row = await changeStatus(context, { leaseId, to, reason: note ?? 'the vehicle was found' });
  await noteFound(context, leaseId);
  const death = await openDeathOf(context.tx, row.customerId);
  const back = { ...record, row };
  return standingOf(
    await (death === undefined ? reckonAnew(context, back) : waitForEstate(context, back, death)),
    context.at,
  );
}

async function noteFound(context: Context, leaseId: string): Promise<void> {
  const { tx, at } = context;
  await tx
    .update(thefts)
    .set({ recoveredAt: at })
    .where(and(eq(thefts.leaseId, leaseId), isNull(thefts.recoveredAt)));
  // Also what was suspected before: nobody asks its tracker where it is any more.
  const isOpen = and(eq(cases.leaseId, leaseId), inArray(cases.kind, ['theft_unresolved', 'suspected_theft']));
  await closeCasesOf(context, isOpen, 'the vehicle was found');
}
