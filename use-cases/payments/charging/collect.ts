import { CompleteAsyncError, type Info } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { and, eq, isNull } from 'drizzle-orm';
import { findAttempt } from '#db/queries/payments';
import { attempts } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money } from '#domain/money';
import { ProviderFailure } from '#providers/provider-failure';
import type { AttemptOrder, CollectOrder, CollectOutcome, Polling, Settled } from '#domain/payments/wire';
import { traceparentNow } from '#platform/tracing/traced';
import { transact } from '../../context.ts';
import { lockLease, standingOf } from '../../leases/lease-record.ts';
import { ask, refundOf } from '../outcomes/ask-provider.ts';
import {
  lockAttempt,
  mayBeOnItsWay,
  onLeaseClock,
  outcomeOf,
  providerOf,
  type AttemptRow,
  payerOf,
  neverTaken,
} from '../attempt-record.ts';
import { callbackUrlOf } from '../callback-url.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { failUnsent } from '../outcomes/fail-unsent.ts';
import { isAutomatic, isDown, isQuiet, promptBefore } from './held-back.ts';
import { lostAttempt } from './lost-attempt.ts';
import { isStillDue, openAttempt } from './open-attempt.ts';
import { bookConfirmed, recordOutcome } from '../outcomes/record-outcome.ts';
import { askRefundsBefore } from '../refunds/refunds-before.ts';
import { takeTurn } from './take-turn.ts';

const actor = system('collections');

type Try = Pick<Info, 'attempt'> & Partial<Pick<Info, 'scheduledTimestampMs' | 'currentAttemptScheduledTimestampMs'>>;

/**
 * Charges a customer, or gives money back, and learns how it went: one activity, completed from outside.
 *
 * The first try stores the attempt, sends it and ends with CompleteAsyncError. The provider's callback
 * completes it; if none comes, the start-to-close time-out ends the try, and every later try asks the
 * provider for the status. So polling is the retry policy. An attempt is only ever sent again when the
 * provider said that it did not take it, or says that it has never seen it, and while it is still due. It is `unknown` when the provider
 * could not say for as long as polling lasts on the wall's clock; one that was never sent by then has failed.
 * What a lease asks for by itself takes its turn, so that the provider's limit holds.
 */
export async function collect(deps: PaymentDependencies, info: Try, ordered: CollectOrder): Promise<CollectOutcome> {
  const order = isAutomatic(ordered) ? { ...ordered, at: nowOf(ordered, info), ...plannedOf(ordered, info) } : ordered;
  const outcome = await charge(deps, info, order);
  return outcome.status === 'succeeded' ? bookConfirmed(deps, outcome) : outcome;
}

/** A lease's own time at this try, which may have waited for its turn for an hour since it was ordered. */
function nowOf({ at }: CollectOrder, info: Try): string {
  const { scheduledTimestampMs: ordered = 0, currentAttemptScheduledTimestampMs: now = ordered } = info;
  return new Date(Date.parse(at) + Math.max(0, now - ordered)).toISOString();
}

/** When it was planned, before what this try has waited for a worker, which the lease's time at this try does not count. */
function plannedOf({ planned }: { readonly planned?: string }, info: Try): { readonly planned?: string } {
  const waited = Math.max(0, Date.now() - (info.currentAttemptScheduledTimestampMs ?? Date.now()));
  return planned === undefined ? {} : { planned: new Date(Date.parse(planned) - waited).toISOString() };
}

async function charge(deps: PaymentDependencies, info: Try, order: CollectOrder): Promise<CollectOutcome> {
  const { COLLECT_POLL_SECONDS, COLLECT_POLLS } = deps.config;
  const polling = order.polling ?? { seconds: COLLECT_POLL_SECONDS, tries: COLLECT_POLLS };
  if (isAutomatic(order)) {
    if (await isDown(deps, order)) return { status: 'paused' };
    if (await isToBeSent(deps, order)) await inTurn(deps, order, polling);
  }
  if (isAutomatic(order) || order.kind === 'settlement') {
    const before = await promptBefore(deps, order);
    if (before !== null) return before;
  }
  if (order.kind === 'refund') {
    const [before] = await askRefundsBefore(deps, order);
    if (before !== undefined) return before;
  }
  const row = await transact(deps.db, actor, new Date(order.at), async (context) => {
    const found = (await openAttempt(context, deps, order)) ?? (await lostAttempt(context, order, lastsMs(polling)));
    // An earlier try may have booked what paid it, and died before the lease heard of it.
    return found ?? { standing: standingOf(await lockLease(context.tx, order.leaseId), context.at) };
  });
  if ('standing' in row) return { status: 'nothing_due', ...row };
  const settled = outcomeOf(row);
  if (settled !== null) return settled;

  const isOver = (since: Date) => Date.now() - since.getTime() >= lastsMs(polling);
  if (!row.sent) {
    const isLate = Date.now() - row.createdAt.getTime() >= Math.max(lastsMs(polling), SENT_WITHIN_MS);
    // Tries that waited for their turn, or for a database, have sent nothing.
    if (!isLate && (row.sentAt === null || info.attempt <= polling.tries)) return send(deps, polling, row, order);
    return neverSent(deps, row);
  }
  const status = await ask(deps, row);
  switch (status.state) {
    case 'succeeded':
    case 'failed':
      return transact(deps.db, actor, new Date(), (context) => recordOutcome(context, row.id, status));
    case 'pending':
    case 'cannot_tell':
      if (isOver(row.sentAt ?? row.createdAt)) return { status: 'unknown', attemptId: row.id };
      throw new CompleteAsyncError();
    case 'not_found': {
      // In the second half of its polling it may be answered, and nothing is sent that could ring beyond the end.
      const isAgain = Date.now() - row.createdAt.getTime() < lastsMs(polling) / (row.refundOf === null ? 2 : 1);
      if (isAgain) {
        await inTurn(deps, order, polling);
        return send(deps, polling, row, order);
      }
      if (!isOver(row.createdAt)) throw new CompleteAsyncError();
      const failed = await failUnseen(deps, row, polling, new Date(order.at));
      if (failed === null && row.refundOf !== null) return { status: 'unknown', attemptId: row.id };
      if (failed === null) throw new CompleteAsyncError();
      return failed;
    }
  }
}

/** Whether the next thing to do is to send it, whatever the number of the try: a later one may look after what was sent. */
async function isToBeSent({ db }: PaymentDependencies, { attemptId }: AttemptOrder): Promise<boolean> {
  const row = await findAttempt(db, attemptId);
  return row === undefined || (row.status === 'pending' && !row.sent);
}

/** What a lease asks for by itself waits for its turn; what the customer waits for does not. */
async function inTurn(deps: PaymentDependencies, order: CollectOrder, { seconds }: Polling): Promise<void> {
  if (isAutomatic(order) && order.asked !== true) await takeTurn(deps, order, seconds * 1_000);
}

/** Short polling is no reason not to send what busy workers come to a little later. */
const SENT_WITHIN_MS = 60_000;

const lastsMs = ({ seconds, tries }: Polling): number => seconds * tries * 1000;

/**
 * The provider has never seen an attempt: it has failed, unless it was sent so lately that it may be on its way, or still be answered
 * if it got through. A charge
 * that arrives later is asked about before the next one is sent, and only paid by whoever answers it; a refund is money
 * that is gone, so that it is in doubt for a day.
 *
 * @param at on the lease's clock
 * @returns null while it may be.
 */
export async function failUnseen(
  { db, config, mobileMoney }: Pick<PaymentDependencies, 'db' | 'config' | 'mobileMoney'>,
  { id }: AttemptRow,
  polling: Polling = { seconds: config.COLLECT_POLL_SECONDS, tries: config.COLLECT_POLLS },
  at?: Date,
): Promise<Settled | null> {
  return transact(db, actor, new Date(), async (context) => {
    const row = await lockAttempt(context.tx, id);
    const rings = Math.min(lastsMs(polling), mobileMoney.get(providerOf(row)).promptLasts);
    const isFresh = Date.now() - (row.sentAt ?? row.createdAt).getTime() < rings;
    if (isFresh || (row.refundOf !== null && mayBeOnItsWay(row, at))) return null;
    return recordOutcome(context, id, neverTaken);
  });
}

/** Whoever asks is told: not another try of this. */
async function neverSent({ db }: PaymentDependencies, { id }: AttemptRow): Promise<CollectOutcome> {
  const failed = await transact(db, actor, new Date(), (context) => failUnsent(context, id));
  if (failed === null) throw new CompleteAsyncError();
  return failed;
}

async function send(
  deps: PaymentDependencies,
  { seconds }: Polling,
  row: AttemptRow,
  order: AttemptOrder,
): Promise<CollectOutcome> {
  const provider = deps.mobileMoney.get(providerOf(row));
  const { phone: payer, market, reference } = await payerOf(deps.db, deps.encryption, row);
  const callbackUrl = callbackUrlOf(deps, row);
  const common = { market, amount: money(row.amount, row.currency), callbackUrl };
  const charged = row.refundOf === null ? null : await refundOf(deps, row, row.refundOf);
  const transmit = () => {
    if (charged !== null) return provider.refund({ ...common, payer, refundId: row.id, ...charged });
    if (payer === null) throw new Error(`payment ${row.id} has no payer`);
    return provider.charge({ ...common, payer, attemptId: row.id, reference });
  };
  // Nothing is waited for between the claim and the sending: a crash there leaves M-Pesa's outcome unknown.
  // Without a token in hand the sending fails, and says why.
  await provider.ready().catch(() => {});
  // An earlier try that is slow, or that everybody has given up, may be about to send: only one of them does.
  const claimed = await claim(deps, row, order);
  if (claimed === null) throw new CompleteAsyncError();
  if (!(claimed instanceof Date)) return claimed;
  try {
    const { providerRequestId, receipt } = await transmit();
    if (receipt !== undefined)
      return await transact(deps.db, actor, new Date(), (context) =>
        recordOutcome(context, row.id, { state: 'succeeded', receipt, amount: common.amount }),
      );
    const [noted = row] = await deps.db
      .update(attempts)
      .set({ providerRequestId })
      .where(eq(attempts.id, row.id))
      .returning();
    // The callback may have been quicker.
    const settled = outcomeOf(noted);
    if (settled !== null) return settled;
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    const { kind, reason, message } = error;
    if (kind === 'unknown') throw new CompleteAsyncError();
    if (kind === 'refused') {
      return transact(deps.db, actor, new Date(), (context) =>
        recordOutcome(context, row.id, { state: 'failed', reason, detail: message }),
      );
    }
    const stillOurs = and(eq(attempts.id, row.id), eq(attempts.sentAt, claimed), isNull(attempts.providerRequestId));
    await deps.db.update(attempts).set({ sent: false }).where(stillOurs);
    throw ApplicationFailure.create({
      message,
      type: 'NotTaken',
      nextRetryDelay: seconds * 1000,
      category: ApplicationFailureCategory.BENIGN,
    });
  }
  throw new CompleteAsyncError();
}

/**
 * Notes that an attempt is sent, before it is: with the lease locked, while what it is for is still due, and at an
 * hour at which the customer may be prompted: an outage may have held it up into the night.
 *
 * @returns when, on the wall; what became of it where it is not sent any more; null when another try has sent it,
 * or when it was decided meanwhile.
 */
function claim(deps: PaymentDependencies, row: AttemptRow, order: AttemptOrder): Promise<Date | Settled | null> {
  const { id, leaseId, sent, sentAt } = row;
  const trace = traceparentNow() ?? null;
  return transact(deps.db, actor, onLeaseClock(row, new Date()), async (context) => {
    const lease = await lockLease(context.tx, leaseId);
    if (isQuiet(context, lease, row, order)) return failUnsent(context, id);
    if (!(await isStillDue(context, deps, lease, row))) return failUnsent(context, id, 'not_due');
    const asItWas = sentAt === null ? isNull(attempts.sentAt) : eq(attempts.sentAt, sentAt);
    const claimed = await context.tx
      .update(attempts)
      .set({ sent: true, sentAt: new Date(), trace })
      .where(and(eq(attempts.id, id), eq(attempts.status, 'pending'), eq(attempts.sent, sent), asItWas))
      .returning({ sentAt: attempts.sentAt });
    return claimed[0]?.sentAt ?? null;
  });
}
