import { and, asc, eq, inArray } from 'drizzle-orm';
import { giveBacks, inbound } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { describeError } from '#platform/describe-error';
import { ProviderFailure } from '#providers/provider-failure';
import { startGiveBack } from '#steering/start-give-back';
import { record, transact, type Context } from '../../../context.ts';
import { mayBeOnItsWay } from '../../attempt-record.ts';
import type { PaymentDependencies } from '../../dependencies.ts';
import { answerAbout } from './ask-give-back.ts';
import { bookStatedReturns } from './stated-returns.ts';
import { closeGiveBackFailed } from './close-give-back-failed.ts';
import { findGiveBack, lockGiveBack, recordGiveBack } from './give-back-record.ts';

const actor = system('suspense');

/**
 * Money in suspense that was sent back, and that its provider did not know of, may have got there late. So before it goes
 * anywhere else the provider is asked once more about each time that failed so, or that a person took for failed. What got
 * there has left suspense; where the provider does not say that one is over, that one is in doubt again, and is asked about.
 * So has what a statement says went back, if it is to be had at this moment: nothing is sent before it is.
 *
 * @throws Problem conflict as `bookStatedReturns`
 */
export async function askGiveBacksBefore(deps: PaymentDependencies, inboundId: string): Promise<void> {
  const isUnseen = and(
    eq(giveBacks.inboundId, inboundId),
    eq(giveBacks.status, 'failed'),
    eq(giveBacks.sent, true),
    inArray(giveBacks.declined, ['not_sent', 'not_confirmed']),
  );
  const rows = await deps.db.select().from(giveBacks).where(isUnseen).orderBy(asc(giveBacks.createdAt));
  for (const { id, declined, ...sent } of rows) {
    const said = await answerAbout(deps, await findGiveBack(deps.db, id));
    if (said?.state === 'succeeded') {
      await transact(deps.db, actor, new Date(), (context) => recordGiveBack(context, id, said));
      continue;
    }
    // Where its provider cannot tell, what a person decided stands.
    const isOver = said?.state === 'failed' || (said?.state === 'not_found' && !mayBeOnItsWay(sent));
    if (isOver || declined === 'not_confirmed') continue;
    if (await transact(deps.db, actor, new Date(), (context) => doubtAgain(context, id))) await startGiveBack(deps, id);
  }
  const [item] = await deps.db.select().from(inbound).where(eq(inbound.id, inboundId));
  if (item?.status !== 'suspense') return;
  try {
    await bookStatedReturns(deps, item);
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    deps.log.warn({ err: describeError(error), inboundId }, 'no statement tells whether money in suspense went back');
  }
}

/** @returns false where it is known by now, or the money does not wait any more. */
async function doubtAgain(context: Context, id: string): Promise<boolean> {
  const { row, item } = await lockGiveBack(context.tx, id);
  if (row.status !== 'failed' || item.status !== 'suspense') return false;
  await context.tx
    .update(giveBacks)
    .set({ status: 'pending', declined: null, settledAt: null })
    .where(eq(giveBacks.id, id));
  await context.tx.update(inbound).set({ status: 'returning' }).where(eq(inbound.id, item.id));
  await closeGiveBackFailed(context, item.id, 'it may have got there');
  await record(context, { type: 'inbound.give_back_doubted', subject: item.id, detail: { giveBackId: id } });
  return true;
}
