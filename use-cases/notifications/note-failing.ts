import { and, count, countDistinct, eq, gte, inArray } from 'drizzle-orm';
import { channelCase } from '#db/queries/deliveries';
import { channelHealth, notificationTries } from '#db/schema/index';
import { CHANNEL_PATIENCE, ENOUGH_FAILED, type Outbound } from '#domain/notifications/rules';
import { insertCase } from '../cases/open-case.ts';
import type { Context } from '../context.ts';

/** A channel that takes nothing for a day is switched off until somebody closes the case. */
export async function noteFailing(context: Context, channel: Outbound): Promise<void> {
  const { tx } = context;
  const now = new Date();
  await tx.insert(channelHealth).values({ channel, failingSince: now }).onConflictDoNothing();
  const [health] = await tx.select().from(channelHealth).where(eq(channelHealth.channel, channel));
  if (health === undefined || now.getTime() - health.failingSince.getTime() < CHANNEL_PATIENCE) return;
  const failed = await failedSince(context, health);
  if (failed.notifications < ENOUGH_FAILED.notifications || failed.people < ENOUGH_FAILED.people) return;
  const detail = { channel, since: health.failingSince };
  await insertCase(
    context,
    { key: channelCase(channel), kind: 'channel_off', leaseId: null, paymentId: null, detail },
    null,
  );
  // Once it is on again it has another day.
  await tx.update(channelHealth).set({ failingSince: now }).where(eq(channelHealth.channel, channel));
}

/** What a channel has not taken since it fails, and for how many people. */
async function failedSince({ tx }: Context, health: typeof channelHealth.$inferSelect) {
  const { channel, userId, state, lastAt } = notificationTries;
  const isFailed = and(inArray(state, ['not_taken', 'in_doubt']), gte(lastAt, health.failingSince));
  const which = and(eq(channel, health.channel), isFailed);
  const [found] = await tx
    .select({ people: countDistinct(userId), notifications: count() })
    .from(notificationTries)
    .where(which);
  return found ?? { people: 0, notifications: 0 };
}
