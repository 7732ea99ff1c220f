import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { openDeathOf } from '#db/queries/deaths';
import { cases, deaths, leases } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { caseKey } from '#domain/cases';
import { ESTATE_DAYS, REPORT_DAYS } from '#domain/leases/death';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { isRunning, leaseStatuses } from '#domain/leases/status';
import { closeCasesOf } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import { emit, recordOnLease, type Context } from '../context.ts';
import { goOn, pauseForDays } from './pause-for-days.ts';
import { endWaitForEstate } from './wait-for-estate.ts';
import { admit, businessDate, lockLease, standingOf, type LeaseRecord } from './lease-record.ts';

const DAY = 86_400_000;

/**
 * Somebody says that the customer has died: whoever it is, nothing more is collected of any of his leases, and he is told
 * nothing, from this moment on. It is not proven by that: what was late stays due. Said again, it changes nothing.
 *
 * @throws Problem forbidden for who is no staff, within a year after it was said and was wrong
 */
export async function reportDeath(context: Context, { leaseId, note }: Ordered<'reportDeath'>): Promise<Standing> {
  const { tx, at, actor } = context;
  const { lease, all } = await lockAllOf(context, 'reportDeath', leaseId);
  const { customerId } = lease.row;
  if ((await openDeathOf(tx, customerId)) !== undefined) return standingOf(lease, at);
  if (!isStaff(actor.role)) await refuseAgain(context, customerId);
  const dueOn = addDays(businessDate(lease.row, at), REPORT_DAYS);
  const death = { id: uuidv7(), customerId, reportedAt: at, reportedBy: actor.id, note: note ?? null, dueOn };
  await tx.insert(deaths).values(death);
  await openCase(context, { kind: 'death_to_confirm', leaseId, paymentId: null, about: customerId, detail: { dueOn } });
  return everyOne(context, all, leaseId, 'death.reported', (one) =>
    pauseForDays(context, one, {
      kind: 'death',
      days: REPORT_DAYS,
      reason: 'the customer is said to have died',
    }),
  );
}

/** What was found to be wrong may be said again within a year by staff alone: it would be a way not to pay. @throws Problem forbidden */
async function refuseAgain({ tx, at }: Context, customerId: string): Promise<void> {
  const isLately = and(eq(deaths.customerId, customerId), gt(deaths.refutedAt, new Date(at.getTime() - 365 * DAY)));
  if ((await tx.$count(deaths, isLately)) === 0) return;
  throw new Problem('forbidden', 'it was said within a year, and was wrong: an agent reports it');
}

/**
 * Staff have seen the document that proves it, and say what the estate has chosen as soon as it has. Collection waits until it has to.
 *
 * @throws Problem no_death_reported; same_person for whoever has reported it
 */
export async function confirmDeath(
  context: Context,
  { leaseId, document, choice }: Ordered<'confirmDeath'>,
): Promise<Standing> {
  const { tx, at, actor } = context;
  const { lease, all } = await lockAllOf(context, 'confirmDeath', leaseId);
  const { customerId } = lease.row;
  const death = await openDeathOf(tx, customerId);
  if (death === undefined) throw new Problem('no_death_reported');
  const isFirst = death.confirmedAt === null;
  if (isFirst && death.reportedBy === actor.id) throw new Problem('same_person');
  const dueOn = isFirst ? addDays(businessDate(lease.row, at), ESTATE_DAYS) : death.dueOn;
  const known = isFirst ? { confirmedAt: at, confirmedBy: actor.id, dueOn, document } : {};
  await tx
    .update(deaths)
    .set({ ...known, choice: choice ?? death.choice })
    .where(eq(deaths.id, death.id));
  if (!isFirst) {
    await recordOnLease(context, lease.row, { type: 'death.choice', detail: { choice: choice ?? death.choice } });
    return standingOf(lease, at);
  }
  await closeCasesOf(context, isAbout(customerId, 'death_to_confirm'), 'it is proven');
  const detail = { dueOn, choice: choice ?? null };
  await openCase(context, { kind: 'estate_to_settle', leaseId, paymentId: null, about: customerId, detail });
  return everyOne(context, all, leaseId, 'death.confirmed', (one) =>
    pauseForDays(context, one, { kind: 'death', days: ESTATE_DAYS, reason: 'the customer has died' }),
  );
}

/** The customer lives: his leases go on, and he is told things again. @throws Problem no_death_reported */
export async function refuteDeath(context: Context, { leaseId, reason }: Ordered<'refuteDeath'>): Promise<Standing> {
  const { lease, all } = await lockAllOf(context, 'refuteDeath', leaseId);
  const { customerId } = lease.row;
  const death = await openDeathOf(context.tx, customerId);
  if (death === undefined) throw new Problem('no_death_reported');
  await context.tx
    .update(deaths)
    .set({ refutedAt: context.at, refutedBy: context.actor.id })
    .where(eq(deaths.id, death.id));
  for (const kind of ['death_to_confirm', 'estate_to_settle'] as const)
    await closeCasesOf(context, isAbout(customerId, kind), 'the customer lives');
  await endWaitForEstate(context, customerId);
  return everyOne(context, all, leaseId, 'death.refuted', (one) => goOn(context, one, reason));
}

const isAbout = (customerId: string, kind: 'death_to_confirm' | 'estate_to_settle') =>
  eq(cases.key, caseKey(kind, customerId));

/** All leases of a customer that run, locked in one order: what is said of him is said of all of them. */
async function lockAllOf(context: Context, command: 'reportDeath' | 'confirmDeath' | 'refuteDeath', leaseId: string) {
  const { tx } = context;
  const one = tx.select({ of: leases.customerId }).from(leases).where(eq(leases.id, leaseId));
  const isTheirs = and(inArray(leases.customerId, one), inArray(leases.status, leaseStatuses.filter(isRunning)));
  const found = await tx.select({ id: leases.id }).from(leases).where(isTheirs).orderBy(asc(leases.id));
  const all: LeaseRecord[] = [];
  for (const { id } of found) all.push(await lockLease(tx, id));
  const lease = all.find(({ row }) => row.id === leaseId) ?? (await lockLease(tx, leaseId));
  admit(command, context, lease.row);
  return { lease, all: all.filter(({ row }) => isRunning(row.status) && row.customerId === lease.row.customerId) };
}

/**
 * Does to each lease that runs what was said of its customer, with its entry and its event.
 *
 * @returns where the one stands that it was said to, which may have ended or not begun
 */
async function everyOne(
  context: Context,
  all: readonly LeaseRecord[],
  leaseId: string,
  type: 'death.reported' | 'death.confirmed' | 'death.refuted',
  work: (one: LeaseRecord) => Promise<LeaseRecord>,
): Promise<Standing> {
  for (const one of all) {
    const { id, customerId, pausedUntil } = (await tellOf(await work(one))).row;
    await emit(context, { type, subject: id, leaseId: id, data: { leaseId: id, customerId, until: pausedUntil } });
  }
  const lease = await lockLease(context.tx, leaseId);
  if (all.every(({ row }) => row.id !== leaseId)) await tellOf(lease);
  return standingOf(lease, context.at);

  async function tellOf(after: LeaseRecord): Promise<LeaseRecord> {
    await recordOnLease(context, after.row, { type, detail: { until: after.row.pausedUntil } });
    return after;
  }
}
