import { and, desc, eq, gt, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { whileHeldBy } from '#db/queries/tenures';
import { cases, hardships, pauses } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import type { Ordered } from '#domain/leases/commands';
import { MOST_DECLINED, refuseRelief } from '#domain/leases/hardship';
import type { Standing } from '#domain/leases/standing';
import { closeCasesOf } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import { emit, recordOnLease, type Context } from '../context.ts';
import { undecided, type HardshipRow } from './hardship-request.ts';
import { pauseForDays } from './pause-for-days.ts';
import { businessDate, lockLease, lockLeaseFor, standingOf, type LeaseRecord, type LeaseRow } from './lease-record.ts';
import { reAmortiseLease } from './restructure-lease.ts';

const DAY = 86_400_000;

/**
 * Asks for relief, with why and what shows it: an agent decides. One at a time, and a customer whom it was declined three times
 * within a year has staff ask for him.
 *
 * @throws Problem already_exists; conflict
 */
export async function requestHardship(
  context: Context,
  { leaseId, why, evidence, note }: Ordered<'requestHardship'>,
): Promise<Standing> {
  const found = await lockLeaseFor('requestHardship', context, leaseId);
  if ((await undecided(context, leaseId)) !== undefined)
    throw new Problem('already_exists', 'relief is asked for already: an agent decides on it');
  const { at, actor, tx } = context;
  if (!isStaff(actor.role)) await refuseMany(context, found.row);
  const asked = { id: uuidv7(), leaseId, why, evidence: evidence ?? null, note: note ?? null };
  await tx.insert(hardships).values({ ...asked, requestedAt: at, requestedBy: actor.id });
  const detail = { hardshipId: asked.id, why };
  await recordOnLease(context, found.row, { type: 'hardship.requested', detail });
  await openCase(context, { kind: 'hardship_to_decide', leaseId, paymentId: null, detail });
  return standingOf(found, at);
}

async function refuseMany({ tx, at }: Context, { id: leaseId, customerId }: LeaseRow): Promise<void> {
  const since = new Date(at.getTime() - 365 * DAY);
  const isDeclined = and(
    eq(hardships.leaseId, leaseId),
    eq(hardships.decision, 'declined'),
    gt(hardships.decidedAt, since),
    whileHeldBy(customerId, hardships.leaseId, hardships.requestedAt),
  );
  if ((await tx.$count(hardships, isDeclined)) < MOST_DECLINED) return;
  throw new Problem('conflict', `it was declined ${MOST_DECLINED} times within a year: an agent asks for you`);
}

/**
 * An agent decides on it, with a note. What is granted is time, bounded by the plan: nothing is collected, charged or reminded of,
 * no vehicle is stopped, and a person looks at it again on its last day. With `spread` what is owed is spread over the days to
 * come first. The total price stays as it was signed.
 *
 * @throws Problem not_requested; unprocessable naming `days`; as `reAmortiseLease`
 */
export async function decideHardship(context: Context, order: Ordered<'decideHardship'>): Promise<Standing> {
  const { leaseId, decision, note } = order;
  const found = await lockLeaseFor('decideHardship', context, leaseId);
  const asked = await undecided(context, leaseId);
  if (asked === undefined) throw new Problem('not_requested');
  const relieved = decision === 'granted' ? await relieve(context, found, order) : found;
  const reviewOn = decision === 'granted' ? relieved.row.pausedUntil : null;
  await context.tx
    .update(hardships)
    .set({ decision, reviewOn, decidedAt: context.at, decidedBy: context.actor.id, agentNote: note })
    .where(eq(hardships.id, asked.id));
  await tell(context, relieved, asked, { decision, reviewOn });
  const isIts = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'hardship_to_decide'));
  await closeCasesOf(context, isIts, `it is ${decision}`);
  return standingOf(relieved, context.at);
}

async function relieve(
  context: Context,
  found: LeaseRecord,
  { leaseId, days, spread, note }: Ordered<'decideHardship'>,
): Promise<LeaseRecord> {
  const refuse = (message: string) => new Problem('unprocessable', message, [{ path: 'days', message }]);
  if (days === undefined) throw refuse('say for how many days');
  const { row } = found;
  const since = addDays(businessDate(row, context.at), -365);
  const isRelief = and(
    eq(pauses.leaseId, leaseId),
    eq(pauses.kind, 'hardship'),
    gt(pauses.until, since),
    whileHeldBy(row.customerId, pauses.leaseId, pauses.at),
  );
  const taken = await context.tx.select().from(pauses).where(isRelief);
  const refused = refuseRelief({ days, taken }, row.plan);
  if (refused !== null) throw refuse(refused);
  const { totalPrice } = row;
  if (spread === 'yes') await reAmortiseLease(context, { leaseId, reason: note });
  const known = spread === 'yes' ? await lockLease(context.tx, leaseId) : found;
  const reason = `relief for hardship, ${days} days`;
  const after = await pauseForDays(context, known, { kind: 'hardship', days, reason });
  // Time is granted, and no debt made: what a restructure forgives of cents may only lower it.
  if (after.row.totalPrice > totalPrice) throw new Error(`relief would raise the price of lease ${leaseId}`);
  return after;
}

async function tell(
  context: Context,
  { row }: LeaseRecord,
  { id: hardshipId, why }: HardshipRow,
  decided: { readonly decision: 'granted' | 'declined'; readonly reviewOn: string | null },
): Promise<void> {
  const { id: leaseId, customerId } = row;
  const facts = { hardshipId, why, ...decided };
  await recordOnLease(context, row, { type: `hardship.${decided.decision}`, detail: facts });
  const data = { leaseId, customerId, ...facts };
  await emit(context, { type: 'hardship.decided', subject: leaseId, leaseId, data });
}

/** The last day of a relief is there: a person looks at how it goes. Call it with the lease locked, when a pause is over, whatever it was for. */
export async function reviewHardship(context: Context, { id: leaseId }: LeaseRow): Promise<void> {
  const { tx } = context;
  const [over] = await tx.select().from(pauses).where(eq(pauses.leaseId, leaseId)).orderBy(desc(pauses.at)).limit(1);
  if (over?.kind !== 'hardship') return;
  const isIts = and(
    eq(hardships.leaseId, leaseId),
    eq(hardships.decision, 'granted'),
    eq(hardships.reviewOn, over.until),
    isNull(hardships.reviewedAt),
  );
  const [row] = await tx.select().from(hardships).where(isIts).orderBy(desc(hardships.decidedAt)).limit(1);
  if (row === undefined) return;
  await tx.update(hardships).set({ reviewedAt: context.at }).where(eq(hardships.id, row.id));
  const detail = { hardshipId: row.id, why: row.why, until: over.until };
  await openCase(context, { kind: 'hardship_to_review', leaseId, paymentId: null, detail });
}
