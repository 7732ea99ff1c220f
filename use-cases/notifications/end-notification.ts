import { and, eq, inArray } from 'drizzle-orm';
import type { NotificationRow } from '#db/queries/notifications';
import {
  cases,
  channelHealth,
  mailAddresses,
  notifications,
  notificationTries,
  pushSubscriptions,
} from '#db/schema/index';
import { caseKey } from '#domain/cases';
import type { DeadReason } from '#domain/notifications/delivery';
import type { Outbound } from '#domain/notifications/rules';
import { isCode } from '#domain/notifications/sayings';
import type { Channel } from '#domain/notifications/channels';
import { closeCasesOf } from '../cases/close-case.ts';
import { openCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';
import type { DeliveryDependencies } from './dependencies.ts';
import type { Outcome, Parcel } from './hand-to-channel.ts';
import { noteFailing } from './note-failing.ts';
import { giveSpendBack } from './spend.ts';

/** A code lives five minutes, and is not kept beyond what it was for. */
const forgotten = (template: string) => (isCode(template) ? { noticeEncrypted: null } : {});

/** It is delivered. What it said in facts stays a while: a receipt may say that it did not arrive. */
export async function noteDelivered(
  context: Context,
  row: Pick<NotificationRow, 'id' | 'template' | 'isLegal' | 'leaseId'>,
  channel: Channel,
): Promise<void> {
  await context.tx
    .update(notifications)
    .set({ sentAt: new Date(), failedAt: null, reason: null, channel, nextAt: null, ...forgotten(row.template) })
    .where(eq(notifications.id, row.id));
  if (!row.isLegal) return;
  // A push service has taken it: whether a browser shows it nobody knows.
  if (channel === 'push') return noteUndelivered(context, row, 'push_alone');
  const undelivered = inArray(cases.key, [caseKey('notice_undelivered', row.id), caseKey('text_in_doubt', row.id)]);
  await closeCasesOf(context, undelivered, 'it is delivered now');
}

/** Nobody could be reached: it is a dead letter. Where a right hangs on it somebody has to tell the customer. */
export async function noteDead(context: Context, row: NotificationRow, reason: DeadReason): Promise<void> {
  await context.tx
    .update(notifications)
    .set({ failedAt: new Date(), reason, nextAt: null, ...forgotten(row.template) })
    .where(eq(notifications.id, row.id));
  if (row.isLegal) await noteUndelivered(context, row, reason);
}

async function noteUndelivered(
  context: Context,
  { id, template, leaseId }: Pick<NotificationRow, 'id' | 'template' | 'leaseId'>,
  reason: DeadReason | 'push_alone',
): Promise<void> {
  const kind = reason === 'in_doubt' ? 'text_in_doubt' : 'notice_undelivered';
  const detail = { template, notificationId: id, reason };
  await openCase(context, { kind, about: id, leaseId, paymentId: null, detail });
}

/** Writes down what a channel made of a notification, and what that says of the channel and the address. */
export async function noteOutcome(
  context: Context,
  deps: Pick<DeliveryDependencies, 'log'>,
  { id, channel, addressee }: Parcel,
  { state, provider, messageId, gone }: Outcome,
): Promise<void> {
  const { tx } = context;
  const [row] = await tx.select().from(notifications).where(eq(notifications.id, id)).for('update');
  if (row === undefined) return;
  const isTry = and(eq(notificationTries.notificationId, id), eq(notificationTries.channel, channel));
  const [tried] = await tx
    .update(notificationTries)
    .set({ state, provider, providerMessageId: messageId })
    // A receipt may have been quicker than the answer.
    .where(and(isTry, eq(notificationTries.state, 'sending')))
    .returning();
  if (gone.length > 0) await tx.delete(pushSubscriptions).where(inArray(pushSubscriptions.id, [...gone]));
  if (tried === undefined) return;
  if (state === 'taken') {
    await tx.delete(channelHealth).where(eq(channelHealth.channel, channel));
    await noteDelivered(context, row, channel);
    return;
  }
  if (state !== 'refused') await noteFailing(context, channel);
  if (state === 'in_doubt') return;
  await giveSpendBack(context, tried);
  if (state === 'refused') await noteRefused(context, row, channel, addressee.mail?.addressEncrypted ?? '');
  deps.log.debug({ notificationId: id, channel, state }, 'another try or channel follows');
}

/** An address that takes none is not tried again; a phone that takes none is somebody's to look at. */
async function noteRefused(context: Context, row: NotificationRow, channel: Outbound, tried: string): Promise<void> {
  // He may have confirmed another one meanwhile.
  const isTried = and(eq(mailAddresses.userId, row.userId), eq(mailAddresses.addressEncrypted, tried));
  if (channel === 'email') await context.tx.update(mailAddresses).set({ bouncedAt: context.at }).where(isTried);
  if (channel !== 'sms') return;
  const { id, leaseId, userId, template } = row;
  const detail = { template, notificationId: id };
  await openCase(context, { kind: 'text_refused', about: leaseId ?? userId, leaseId, paymentId: null, detail });
}
