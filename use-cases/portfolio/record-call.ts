import { uuidv7 } from 'uuidv7';
import { calls } from '#db/schema/index';
import { daysBetween, localDate, localDateAt, type LocalDate } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { isRunning } from '#domain/leases/status';
import type { CallOutcome } from '#domain/portfolio/call-reasons';
import { openCase } from '../cases/open-case.ts';
import { recordOnLease, type Context } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';

/** Days ahead that a call can be put off to. */
const LONGEST_DAYS = 60;

/**
 * A call that a member of staff made to a customer about his lease, and how it went.
 *
 * @throws Problem invalid_state where the lease does not run, unprocessable for a day that is past or too far
 */
export async function recordCall(
  context: Context,
  input: { readonly leaseId: string; readonly outcome: CallOutcome; readonly callAgainOn: string | null },
) {
  const { row } = await lockLease(context.tx, input.leaseId);
  if (!isRunning(row.status)) throw new Problem('invalid_state', 'This lease does not run: nobody is rung about it');
  const on = localDateAt(context.at.getTime(), row.market);
  const { outcome } = input;
  const callAgainOn = input.callAgainOn === null ? null : localDate(input.callAgainOn);
  refuseDay(outcome, callAgainOn, on);
  const [call] = await context.tx
    .insert(calls)
    .values({ id: uuidv7(), leaseId: row.id, outcome, callAgainOn, by: context.actor.id, at: context.at, on })
    .returning();
  if (call === undefined) throw new Error('a call was not kept');
  await recordOnLease(context, row, { type: 'lease.called', detail: { outcome, callAgainOn } });
  if (outcome === 'wrong_number')
    await openCase(context, { kind: 'wrong_number', leaseId: row.id, paymentId: null, detail: { callId: call.id } });
  const { number: _number, on: _on, ...made } = call;
  return made;
}

/** @throws Problem unprocessable for a day that is past, too far, or missing where it is what was agreed */
function refuseDay(outcome: CallOutcome, callAgainOn: LocalDate | null, today: LocalDate): void {
  const ahead = callAgainOn === null ? null : daysBetween(today, callAgainOn);
  const message =
    ahead === null
      ? outcome === 'call_again'
        ? 'is needed: on which day?'
        : null
      : ahead < 0 || ahead > LONGEST_DAYS
        ? `must be today or one of the next ${LONGEST_DAYS} days`
        : null;
  if (message !== null)
    throw new Problem('unprocessable', `callAgainOn ${message}`, [{ path: 'callAgainOn', message }]);
}
