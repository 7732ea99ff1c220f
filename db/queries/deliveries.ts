import { and, asc, eq, isNotNull, isNull, lt, ne, notInArray, or, sql } from 'drizzle-orm';
import { caseKey } from '#domain/cases';
import type { Queryable } from '../client.ts';
import { isOwnStop } from './texts.ts';
import type { LocalDate } from '../../domain/calendar.ts';
import { comingBack, outbound, type Outbound } from '../../domain/notifications/rules.ts';
import {
  cases,
  leases,
  mailAddresses,
  notifications,
  notificationTries,
  pushSubscriptions,
  suppressions,
  users,
} from '../schema/index.ts';

export type TryRow = typeof notificationTries.$inferSelect;
export type SubscriptionRow = typeof pushSubscriptions.$inferSelect;

/** What is under way: neither sent nor failed, and given to a workflow. */
export const isUnderWay = and(
  isNull(notifications.sentAt),
  isNull(notifications.failedAt),
  isNotNull(notifications.noticeEncrypted),
);

/** Who is to be told, how he can be reached, and where not. */
export async function findAddressee(db: Queryable, userId: string, leaseId: string | null) {
  const [found] = await db
    .select({
      user: users,
      mail: mailAddresses,
      lease: { market: leases.market, quiet: leases.quietHours, customerId: leases.customerId },
      stopped: suppressions.since,
    })
    .from(users)
    .leftJoin(mailAddresses, eq(mailAddresses.userId, users.id))
    .leftJoin(leases, leaseId === null ? sql`false` : eq(leases.id, leaseId))
    .leftJoin(suppressions, isOwnStop)
    .where(eq(users.id, userId));
  if (found === undefined || found.user.erasedAt !== null) return null;
  return { ...found, subscriptions: await listSubscriptions(db, userId) };
}
export type Addressee = NonNullable<Awaited<ReturnType<typeof findAddressee>>>;

/** A person's browsers, the oldest first. */
export function listSubscriptions(db: Queryable, userId: string): Promise<SubscriptionRow[]> {
  return db
    .select()
    .from(pushSubscriptions)
    .where(eq(pushSubscriptions.userId, userId))
    .orderBy(asc(pushSubscriptions.createdAt));
}

export async function findSubscription(db: Queryable, id: string): Promise<SubscriptionRow | undefined> {
  const [row] = await db.select().from(pushSubscriptions).where(eq(pushSubscriptions.id, id));
  return row;
}

export function triesOfNotification(db: Queryable, notificationId: string): Promise<TryRow[]> {
  return db.select().from(notificationTries).where(eq(notificationTries.notificationId, notificationId));
}

/**
 * How often a person was told something on a local day, other than by this one: of its kind and its lease, and in all that
 * has a cap. Null is a lease too: what is of none.
 */
export async function toldOn(
  db: Queryable,
  of: {
    readonly id: string;
    readonly userId: string;
    readonly leaseId: string | null;
    readonly template: string;
    readonly day: LocalDate;
  },
): Promise<{ readonly ofKind: number; readonly inAll: number }> {
  const isOfIt = sql`${notificationTries.template} = ${of.template} and ${notifications.leaseId} is not distinct from ${of.leaseId}`;
  const [counted] = await db
    .select({
      ofKind: sql<number>`count(*) filter (where ${isOfIt})::int`,
      inAll: sql<number>`count(*)::int`,
    })
    .from(notificationTries)
    .innerJoin(notifications, eq(notifications.id, notificationTries.notificationId))
    .where(
      and(
        eq(notificationTries.userId, of.userId),
        eq(notificationTries.day, of.day),
        ne(notificationTries.notificationId, of.id),
        notInArray(notificationTries.state, ['not_taken', 'refused', 'undelivered']),
        eq(notifications.isLegal, false),
        ne(notifications.urgency, 'now'),
        or(ne(notifications.template, comingBack), isNull(notifications.answersAt)),
      ),
    );
  return counted ?? { ofKind: 0, inAll: 0 };
}

export const channelCase = (channel: Outbound) => caseKey('channel_off', channel);

/** What is switched off until somebody closes its case. */
export async function channelsOff(db: Queryable): Promise<Outbound[]> {
  const open = await db
    .select({ key: cases.key })
    .from(cases)
    .where(and(eq(cases.kind, 'channel_off'), eq(cases.status, 'open')));
  return outbound.filter((channel) => open.some(({ key }) => key === channelCase(channel)));
}

/** Those whose time has come a while ago, the longest ago first: their workflow is not there. @param after the last that was looked at */
export function notificationsOverdue(
  db: Queryable,
  before: Date,
  limit: number,
  after: { readonly id: string; readonly nextAt: Date | null } | undefined,
) {
  const { id, urgency, nextAt } = notifications;
  const isLater = after && sql`(${nextAt}, ${id}) > (${after.nextAt?.toISOString()}::timestamptz, ${after.id}::uuid)`;
  return db
    .select({ id, urgency, nextAt })
    .from(notifications)
    .where(and(isUnderWay, lt(nextAt, before), isLater))
    .orderBy(asc(nextAt), asc(id))
    .limit(limit);
}
