import { eq } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { openDeathOf } from '#db/queries/deaths';
import { findAddressee, type Addressee } from '#db/queries/deliveries';
import type { NotificationRow } from '#db/queries/notifications';
import { notifications } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { nextDeliveryStep, type DeliveryStep } from '#domain/notifications/delivery';
import { comesBack, isOfTicket, SPREAD } from '#domain/notifications/rules';
import { spreadOf } from '#domain/spread';
import { guardsAccount, isCode } from '#domain/notifications/sayings';
import { written } from '#domain/notifications/written';
import type { Advanced } from '#domain/notifications/wire';
import { transact, type Context } from '../context.ts';
import { holdPerson } from '../hold-person.ts';
import { asItIsNow } from './as-it-is-now.ts';
import type { DeliveryDependencies } from './dependencies.ts';
import { aheadOf, factsOf, isHadByAnother, lockAddressee, type Known } from './facts.ts';
import { digestNow, gatherDigest } from './gather-digest.ts';
import { handToChannel, type Parcel } from './hand-to-channel.ts';
import { noticeOf } from './queue-notification.ts';
import { reserve } from './reserve-try.ts';
import { noteDead, noteOutcome, noteDelivered } from './end-notification.ts';

const actor = system('notifications');
/** Milliseconds after which what is held back is looked at again. */
const HELD_BACK = 12 * 3_600_000;

/**
 * Does what is next for a notification: nothing yet, one try of one channel, or its end. What is decided, and that a
 * channel is about to be tried, is written down under the locks of its row and its person; then the channel is asked,
 * without any lock; then it is written down what came of it. A process that dies between the two leaves a try of which
 * nobody knows, which is never made again.
 *
 * @param at the time of its workflow
 */
export async function advanceNotification(deps: DeliveryDependencies, id: string, at: Date): Promise<Advanced> {
  // An activity that waited for a worker, or was tried again, still says when it was asked for: it may be night by now.
  const now = new Date(Math.max(at.getTime(), Date.now()));
  const next = await transact(deps.db, actor, now, (context) => decide(context, deps, id));
  if (!('parcel' in next)) return next;
  const { parcel } = next;
  const outcome = await handToChannel(deps, parcel);
  await transact(deps.db, actor, now, (context) => noteOutcome(context, deps, parcel, outcome));
  return { state: 'tried', channel: parcel.channel };
}

type Decided = Advanced | { readonly parcel: Parcel };

async function decide(context: Context, deps: DeliveryDependencies, id: string): Promise<Decided> {
  const { tx, at } = context;
  const row = await lockNotification(tx, id);
  if (row === undefined || row.noticeEncrypted === null) return row === undefined ? { state: 'gone' } : ended(row);
  if (row.sentAt !== null || row.failedAt !== null) return ended(row);
  const addressee = reachedBy(deps, row, await findAddressee(tx, row.userId, row.leaseId));
  if (addressee === null) {
    // It was asked for while he was being erased.
    await tx.delete(notifications).where(eq(notifications.id, id));
    return { state: 'gone' };
  }
  const isOfAnother = isHadByAnother(addressee, row.userId) && !isOfTicket(row.template);
  const death = guardsAccount(row.template) || comesBack(row) ? undefined : await openDeathOf(tx, row.userId);
  if (isOfAnother || death?.confirmedAt != null) return dropIt(context, id);
  if (death !== undefined) return holdBack(context, id);
  const now = new Date(at.getTime() + aheadOf(row));
  const found = await factsOf(tx, deps, await asHeSpeaksNow(context, deps, row, addressee), addressee, now);
  const step = nextDeliveryStep(found.facts);
  const isDue = step.do === 'send' || (step.do === 'give_up' && step.reason !== 'in_doubt');
  const current = isDue ? await asItWouldBeTold(context, deps, found.row, now) : found.row;
  if (current === null) return { state: 'overtaken' };
  const known = { ...found, row: current };
  const digestId = step.do === 'send' && known.facts.isDigest ? await gatherDigest(context, deps, known) : null;
  if (digestId !== null) return { state: 'delivered', by: 'digest', digestId };
  return carryOut(context, deps, known, step);
}

/** What is told of another e-mail address goes to the one that it was before, whatever he has by now. */
function reachedBy(
  { encryption }: Pick<DeliveryDependencies, 'encryption'>,
  row: NotificationRow,
  addressee: Addressee | null,
): Addressee | null {
  if (addressee === null || row.template !== 'mail_changed') return addressee;
  const notice = noticeOf(encryption, row);
  if (notice.template !== 'mail_changed' || addressee.mail === null) return addressee;
  const mail = { ...addressee.mail, addressEncrypted: encryption.encrypt(notice.former), bouncedAt: null };
  return { ...addressee, mail };
}

/** He may have chosen another language since it was asked for: what he reads is in that. */
async function asHeSpeaksNow(
  { tx }: Context,
  { encryption }: Pick<DeliveryDependencies, 'encryption'>,
  row: NotificationRow,
  { user }: Addressee,
): Promise<NotificationRow> {
  if (isCode(row.template)) return row;
  const { body, language } = written(noticeOf(encryption, row), user.language, 'in_app');
  if (language === row.language) return row;
  const changes = { language, bodyEncrypted: encryption.encrypt(body) };
  await tx.update(notifications).set(changes).where(eq(notifications.id, row.id));
  return { ...row, ...changes };
}

const asItWouldBeTold = (context: Context, deps: DeliveryDependencies, row: NotificationRow, now: Date) =>
  row.template === 'digest' ? digestNow(context, deps, row, now) : asItIsNow(context, deps.encryption, row, now);

/**
 * Its customer is said to have died, and nobody has found out yet: anybody may have said it. It is told once that is refuted, if it
 * is still true, and not where it is confirmed; whoever writes, logs in or signs from his phone is answered meanwhile, and told
 * what guards his account.
 */
async function holdBack({ tx }: Context, id: string): Promise<Advanced> {
  await tx
    .update(notifications)
    .set({ nextAt: new Date(Date.now() + HELD_BACK) })
    .where(eq(notifications.id, id));
  return { state: 'waits', afterMs: HELD_BACK, for: 'what is found out of a death' };
}

/** Nobody is told any more of a lease that is somebody else's by now, nor is who has died. */
async function dropIt({ tx }: Context, id: string): Promise<Advanced> {
  const dropped = { failedAt: new Date(), reason: 'overtaken', nextAt: null, noticeEncrypted: null } as const;
  await tx.update(notifications).set(dropped).where(eq(notifications.id, id));
  return { state: 'overtaken' };
}

/** Its person first, as whoever erases him and whoever counts what he was told has it. */
async function lockNotification(tx: Transaction, id: string): Promise<NotificationRow | undefined> {
  const which = eq(notifications.id, id);
  const [found] = await tx.select({ userId: notifications.userId }).from(notifications).where(which);
  if (found === undefined) return undefined;
  await holdPerson(tx, found.userId);
  await lockAddressee(tx, found.userId);
  const [row] = await tx.select().from(notifications).where(which).for('update');
  return row;
}

function ended({ sentAt, channel, reason, digestId }: NotificationRow): Advanced {
  if (reason === 'overtaken') return { state: 'overtaken' };
  if (sentAt !== null)
    return digestId === null ? { state: 'delivered', by: channel } : { state: 'delivered', by: 'digest', digestId };
  return { state: 'dead', reason: reason ?? 'failed' };
}

async function carryOut(
  context: Context,
  deps: DeliveryDependencies,
  known: Known,
  step: DeliveryStep,
): Promise<Decided> {
  switch (step.do) {
    case 'wait': {
      const isShared = step.for === 'morning' || step.for === 'digest';
      const afterMs = step.until - known.facts.now + (isShared ? spreadOf(known.row.id, SPREAD) : 0);
      const nextAt = new Date(Date.now() + afterMs);
      await context.tx.update(notifications).set({ nextAt }).where(eq(notifications.id, known.row.id));
      return { state: 'waits', afterMs, for: step.for };
    }
    case 'keep':
      await noteDelivered(context, known.row, 'in_app');
      return { state: 'delivered', by: 'in_app' };
    case 'done':
      await noteDelivered(context, known.row, step.channel);
      return { state: 'delivered', by: step.channel };
    case 'give_up':
      await noteDead(context, known.row, step.reason);
      return { state: 'dead', reason: step.reason };
    case 'send': {
      const parcel = await reserve(context, deps, known, step.channel);
      if (parcel !== null) return { parcel };
      // Its money is used up for today.
      const facts = { ...known.facts, off: new Set([...known.facts.off, step.channel]) };
      return carryOut(context, deps, { ...known, facts }, nextDeliveryStep(facts));
    }
  }
}
