import { sql } from 'drizzle-orm';
import type { Transaction } from '#db/client';
import { channelsOff, toldOn, triesOfNotification, type Addressee, type TryRow } from '#db/queries/deliveries';
import type { NotificationRow } from '#db/queries/notifications';
import { localDateAt, type LocalDate } from '#domain/calendar';
import type { DeliveryFacts } from '#domain/notifications/delivery';
import { capOf, comesBack, MOST_A_DAY, type Outbound } from '#domain/notifications/rules';
import { isCode } from '#domain/notifications/sayings';
import type { Market } from '#domain/markets';
import type { QuietHours } from '#domain/quiet-hours';
import type { Channel } from '#domain/notifications/channels';
import type { Channels } from './dependencies.ts';

/** Codes come by what only their owner has at hand. */
const codeChannels: readonly Channel[] = ['sms', 'email'];

/** To the address that he had before, or it waits in the app. */
const formerChannels: readonly Channel[] = ['email', 'in_app'];

function preferredFor(row: NotificationRow, wished: readonly Channel[]): readonly Channel[] {
  if (isCode(row.template)) return codeChannels;
  if (row.template === 'mail_changed') return formerChannels;
  return comesBack(row) ? ['sms', ...wished.filter((channel) => channel !== 'sms')] : wished;
}

/** Those of one person take turns, so that no two of them count the same day. Before the notification's row is locked. */
export async function lockAddressee(tx: Transaction, userId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${userId}, 2))`);
}

/** The market in whose night a person sleeps. */
export const nightOf = ({ lease, user }: Addressee): Market => lease?.market ?? user.market ?? 'UG';

/** Whether the lease that something is told of is somebody else's by now. */
export const isHadByAnother = ({ lease }: Addressee, userId: string): boolean =>
  lease !== null && lease.customerId !== userId;

/** The quiet hours of his lease. */
export const quietOf = (addressee: Addressee, userId: string): QuietHours | null =>
  isHadByAnother(addressee, userId) ? null : (addressee.lease?.quiet ?? null);

/** How far ahead of the wall the clock of a notification is: as far as its lease has travelled, milliseconds. */
export const aheadOf = ({ askedAt, createdAt }: NotificationRow): number =>
  askedAt === null ? 0 : Math.max(0, askedAt.getTime() - createdAt.getTime());

export interface Known {
  readonly row: NotificationRow;
  readonly addressee: Addressee;
  readonly tried: readonly TryRow[];
  readonly facts: DeliveryFacts;
  readonly day: LocalDate;
  readonly market: Market;
}

/** All that decides what is next for a notification, read under its lock. @param now on its clock */
export async function factsOf(
  tx: Transaction,
  channels: Channels,
  row: NotificationRow,
  addressee: Addressee,
  now: Date,
): Promise<Known> {
  const { user, mail, subscriptions, stopped } = addressee;
  const { id, userId, leaseId, isLegal, urgency, template } = row;
  const market = nightOf(addressee);
  const day = localDateAt(now.getTime(), market);
  const tried = await triesOfNotification(tx, id);
  const told = await toldOn(tx, { id, userId, leaseId, template, day });
  const reachable = new Set<Outbound>();
  if (user.phoneEncrypted !== null) reachable.add('sms');
  const hasMail = mail !== null && mail.addressEncrypted !== null && mail.bouncedAt === null;
  if (channels.mails !== null && hasMail) reachable.add('email');
  if (channels.pushes !== null && subscriptions.length > 0) reachable.add('push');
  const suppressed = new Set<Outbound>();
  if (stopped !== null && !comesBack(row)) suppressed.add('sms');
  const facts: DeliveryFacts = {
    now: now.getTime(),
    market,
    quiet: quietOf(addressee, userId),
    urgency,
    asked: (row.answersAt ?? row.askedAt ?? row.createdAt).getTime(),
    isLegal,
    preferred: preferredFor(row, user.channels),
    reachable,
    suppressed,
    off: new Set(await channelsOff(tx)),
    isCapped:
      !isLegal && urgency !== 'now' && !comesBack(row) && (told.ofKind >= capOf(template) || told.inAll >= MOST_A_DAY),
    isDigest: user.digest === 'daily' && !isLegal && urgency === 'day' && template !== 'digest' && !comesBack(row),
    expiresAt: row.expiresAt?.getTime() ?? null,
    tried: tried.map((one) => ({ ...one, firstAt: one.firstAt.getTime(), lastAt: one.lastAt.getTime() })),
  };
  return { row, addressee, tried, facts, day, market };
}
