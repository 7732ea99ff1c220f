import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { UserRow } from '#db/queries/identity';
import { inboundTexts, suppressions } from '#db/schema/index';
import { lastWishOf, type TextsWish } from '#domain/support/wish';
import { record, type Context } from '../context.ts';

/** Of how many wishes of a phone the last is looked for. */
const MOST_WISHES = 50;

interface KeptWish {
  /** Of the text that was kept, and says it. */
  readonly textId: string;
  readonly phoneHash: string;
  /** Whose phone it is; null for nobody's. */
  readonly userId: string | null;
}

/**
 * A phone wants no texts, or texts again: what it said last holds, in whatever order it comes.
 *
 * @returns what holds now
 */
export async function takeWish(
  context: Context,
  { textId, phoneHash, userId }: KeptWish,
  as: TextsWish['as'],
): Promise<TextsWish['as']> {
  const { tx } = context;
  // Of two at once the second sees what the first has done.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${phoneHash}, 2))`);
  const rows = await tx
    .select()
    .from(inboundTexts)
    .where(and(eq(inboundTexts.phoneHash, phoneHash), inArray(inboundTexts.heardAs, ['stop', 'start'])))
    .orderBy(desc(inboundTexts.receivedAt))
    .limit(MOST_WISHES);
  const last = lastWishOf(
    rows.map(({ id, heardAs, saidAt, receivedAt }) => ({
      id,
      as: heardAs === 'stop' ? ('stop' as const) : ('start' as const),
      saidAt,
      receivedAt,
    })),
  );
  if (last !== undefined && last.id !== textId) return last.as;
  await (as === 'stop' ? suppress : endSuppression)(context, phoneHash, userId);
  return as;
}

/** Whoever has another number wants there what he wanted on the one before. */
export async function takeWishAlong(
  context: Context,
  { id, phoneHash }: Pick<UserRow, 'id' | 'phoneHash'>,
  stopped: boolean,
): Promise<void> {
  if (phoneHash !== null) await (stopped ? suppress : endSuppression)(context, phoneHash, stopped ? id : null);
}

async function suppress(context: Context, phoneHash: string, userId: string | null): Promise<void> {
  const { tx, at } = context;
  await tx
    .insert(suppressions)
    .values({ phoneHash, since: at })
    .onConflictDoUpdate({ target: suppressions.phoneHash, set: { since: at } });
  if (userId !== null) await record(context, { type: 'user.texts_stopped', subject: userId });
}

async function endSuppression(context: Context, phoneHash: string, userId: string | null): Promise<void> {
  await context.tx.delete(suppressions).where(eq(suppressions.phoneHash, phoneHash));
  if (userId !== null) await record(context, { type: 'user.texts_started', subject: userId });
}
