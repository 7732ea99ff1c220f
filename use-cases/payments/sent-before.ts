import { and, asc, eq, isNotNull } from 'drizzle-orm';
import { isUnseenGiveBack, isUnseenRefund } from '#db/queries/payment-states';
import type { GiveBackRow } from '#db/queries/suspense';
import { attempts, giveBacks, inbound } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { CollectOutcome } from '#domain/payments/wire';
import type { ProviderStatus } from '#providers/mobile-money/provider';
import { startGiveBack } from '#steering/start-give-back';
import { record, transact, type Context } from '../context.ts';
import { lockLease } from '../leases/lease-record.ts';
import { mayBeOnItsWay, onLeaseClock, type AttemptRow } from './attempt-record.ts';
import type { PaymentDependencies } from './dependencies.ts';
import { answerOfProvider } from './outcomes/ask-provider.ts';
import { markUnknown } from './outcomes/mark-unknown.ts';
import { recordOutcome } from './outcomes/record-outcome.ts';
import { answerAbout } from './suspense/give-back/ask-give-back.ts';
import { closeGiveBackFailed } from './suspense/give-back/close-give-back-failed.ts';
import { findGiveBack, lockGiveBack, recordGiveBack } from './suspense/give-back/give-back-record.ts';

type Succeeded = Extract<ProviderStatus, { state: 'succeeded' }>;
/** What became after all of refunds that had failed without their provider's word. */
type Became = Extract<CollectOutcome, { status: 'succeeded' | 'unknown' }>;

/** Money of a lease, of one payment of it, or that waits in suspense. */
type OfMoney =
  | { readonly leaseId: string; readonly refundOf?: string; /** On the lease's clock. */ readonly at: string | Date }
  | { readonly inboundId: string };

/** What was sent, once, and may have got there. */
interface Sent {
  /** What its provider says; null where it does not answer. */
  readonly ask: () => Promise<ProviderStatus | null>;
  readonly isDecided: boolean;
  readonly mayBeOnItsWay: boolean;
  readonly isThrough: (said: Succeeded) => Promise<Became | null>;
  readonly isInDoubt: () => Promise<Became | null>;
}

/**
 * What was sent of this money, and may have got there? It failed since its provider had not seen it, or a person took it for
 * failed, and it may have been carried out late: what goes out next would be paid twice, and whoever gets the money next would
 * have what is gone. So the provider is asked once more about each before anything else of that money goes out, by whatever
 * way, or is given to a lease. What was carried out is written down; what the provider does not say is over is in doubt again,
 * so that its money is on its way. Refunds of a lease and give-backs of money in suspense are asked about alike, since each is
 * where its money is: see `sent-goes-along.ts`.
 *
 * @returns the refunds of a lease that were carried out, or may have been
 */
export async function askSentBefore(deps: PaymentDependencies, of: OfMoney): Promise<Became[]> {
  const became: (Became | null)[] = [];
  for (const sent of 'inboundId' in of ? await givenBack(deps, of) : await refunded(deps, of)) {
    const said = await sent.ask();
    if (said?.state === 'succeeded') {
      became.push(await sent.isThrough(said));
      continue;
    }
    const isOver = said?.state === 'failed' || (said?.state === 'not_found' && !sent.mayBeOnItsWay);
    // Where its provider cannot tell, what a person decided stands.
    if (!isOver && !sent.isDecided) became.push(await sent.isInDoubt());
  }
  return became.filter((one) => one !== null);
}

async function refunded(deps: PaymentDependencies, { leaseId, refundOf, at }: Extract<OfMoney, { leaseId: string }>) {
  const isOfIt = refundOf === undefined ? isNotNull(attempts.refundOf) : eq(attempts.refundOf, refundOf);
  const rows = await deps.db
    .select()
    .from(attempts)
    .where(and(eq(attempts.leaseId, leaseId), isOfIt, isUnseenRefund))
    .orderBy(asc(attempts.createdAt), asc(attempts.id));
  return rows.map((row): Sent => ({
    ask: () => answerOfProvider(deps, row),
    isDecided: row.reason === 'not_confirmed',
    mayBeOnItsWay: mayBeOnItsWay(row, new Date(at)),
    async isThrough(said) {
      const outcome = await transact(deps.db, collections, new Date(), (context) =>
        recordOutcome(context, row.id, said),
      );
      return outcome.status === 'succeeded' ? outcome : null;
    },
    async isInDoubt() {
      await transact(deps.db, collections, onLeaseClock(row, new Date()), (context) => doubtRefund(context, row));
      return { status: 'unknown', attemptId: row.id };
    },
  }));
}

async function givenBack(deps: PaymentDependencies, { inboundId }: { readonly inboundId: string }) {
  const rows = await deps.db
    .select()
    .from(giveBacks)
    .where(and(eq(giveBacks.inboundId, inboundId), isUnseenGiveBack))
    .orderBy(asc(giveBacks.createdAt), asc(giveBacks.id));
  return rows.map(({ id, declined, sentAt, createdAt }): Sent => ({
    ask: async () => answerAbout(deps, await findGiveBack(deps.db, id)),
    isDecided: declined === 'not_confirmed',
    mayBeOnItsWay: mayBeOnItsWay({ sentAt, createdAt }),
    async isThrough(said) {
      await transact(deps.db, suspense, new Date(), (context) => recordGiveBack(context, id, said));
      return null;
    },
    async isInDoubt() {
      if (await transact(deps.db, suspense, new Date(), (context) => doubtGivenBack(context, id)))
        await startGiveBack(deps, id);
      return null;
    },
  }));
}

const collections = system('collections');
const suspense = system('suspense');

/** A refund that had failed since nobody had seen it is in doubt: its lease asks about it, and gives nothing else back of that money. */
async function doubtRefund(context: Context, { id: attemptId, leaseId }: AttemptRow): Promise<void> {
  await lockLease(context.tx, leaseId);
  const isFailed = and(eq(attempts.id, attemptId), eq(attempts.status, 'failed'));
  await context.tx.update(attempts).set({ status: 'pending', reason: null, settledAt: null }).where(isFailed);
  await markUnknown(context, { leaseId, attemptId });
}

/** @returns false where it is known by now, or the money does not wait any more. */
async function doubtGivenBack(context: Context, id: GiveBackRow['id']): Promise<boolean> {
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
