import { and, asc, eq } from 'drizzle-orm';
import { isUnseenGiveBack } from '#db/queries/payment-states';
import type { GiveBackRow } from '#db/queries/suspense';
import { giveBacks, inbound } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { startGiveBack } from '#steering/start-give-back';
import { record, transact, type Context } from '../../../context.ts';
import { mayBeOnItsWay } from '../../attempt-record.ts';
import type { PaymentDependencies } from '../../dependencies.ts';
import { askSentBefore, type Sending } from '../../sent-before.ts';
import { answerAbout } from './ask-give-back.ts';
import { closeGiveBackFailed } from './close-give-back-failed.ts';
import { findGiveBack, lockGiveBack, recordGiveBack } from './give-back-record.ts';
import { bookStatedBefore } from './stated-returns.ts';

const actor = system('suspense');

/**
 * Before money in suspense goes anywhere else: see `askSentBefore`. What got there has left suspense, and so has what a statement
 * says went back, if it is to be had at this moment: nothing is sent before it is.
 *
 * @throws Problem conflict as `bookStatedReturns`
 */
export async function askGiveBacksBefore(deps: PaymentDependencies, inboundId: string): Promise<void> {
  const rows = await deps.db
    .select()
    .from(giveBacks)
    .where(and(eq(giveBacks.inboundId, inboundId), isUnseenGiveBack))
    .orderBy(asc(giveBacks.createdAt), asc(giveBacks.id));
  await askSentBefore(rows.map((row) => sentOf(deps, row)));
  await bookStatedBefore(deps, inboundId);
}

const sentOf = (deps: PaymentDependencies, { id, declined, ...sent }: GiveBackRow): Sending<never> => ({
  ask: async () => answerAbout(deps, await findGiveBack(deps.db, id)),
  isDecided: declined === 'not_confirmed',
  mayBeOnItsWay: mayBeOnItsWay({ sentAt: sent.sentAt, createdAt: sent.createdAt }),
  async isThrough(said) {
    await transact(deps.db, actor, new Date(), (context) => recordGiveBack(context, id, said));
    return null;
  },
  async isInDoubt() {
    if (await transact(deps.db, actor, new Date(), (context) => doubtAgain(context, id))) await startGiveBack(deps, id);
    return null;
  },
});

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
