import { and, eq, gt, isNull, notInArray, sql } from 'drizzle-orm';
import { inboundTexts } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { segmentPrices } from '#domain/notifications/rules';
import { segmentsOf } from '#domain/notifications/segments';
import { marketOfPhone } from '#domain/phone';
import { ProviderFailure } from '#providers/provider-failure';
import { transact, type Context } from '../context.ts';
import { giveSpendBack, spend } from '../notifications/spend.ts';
import { noteAnswered } from '../support/keep-text.ts';
import type { PhoneDependencies } from './dependencies.ts';

const DAY = 24 * 3_600_000;

/**
 * A number of nobody's is told once a day what it can do here, so that two machines do not talk to each other.
 *
 * @throws ProviderFailure where it was not told. Where it surely was not, the same text again tells it.
 */
export async function helpStranger(
  { db, textMessages }: PhoneDependencies,
  text: { readonly id: string; readonly from: string; readonly to?: string | undefined; readonly phoneHash: string },
  body: string,
  at: Date,
): Promise<void> {
  const { id, from: to, to: from, phoneHash } = text;
  const market = marketOfPhone(to) ?? 'UG';
  const costMinor = segmentsOf(body).count * segmentPrices[market];
  const cost = { market, day: localDateAt(at.getTime(), market), costMinor };
  const actor = system('texts');
  const isTold = await transact(db, actor, at, async (context) => {
    if (await wasHelped(context, phoneHash)) return false;
    await noteAnswered(context, id);
    return spend(context, cost, false);
  });
  if (!isTold) return;
  try {
    await textMessages.send({ to, body, deduplicationId: id, ...(from !== undefined && { from }) });
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind !== 'unknown')
      await transact(db, actor, at, async (context) => {
        await giveSpendBack(context, cost);
        if (error.kind === 'not_taken') await noteAnswered(context, id, null);
      });
    throw error;
  }
}

async function wasHelped({ tx, at }: Context, phoneHash: string): Promise<boolean> {
  // Two at once take turns, or both would find that nothing was said.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${phoneHash}, 1))`);
  const [before] = await tx
    .select({ id: inboundTexts.id })
    .from(inboundTexts)
    .where(
      and(
        eq(inboundTexts.phoneHash, phoneHash),
        isNull(inboundTexts.userId),
        notInArray(inboundTexts.heardAs, ['stop', 'start']),
        gt(inboundTexts.answeredAt, new Date(at.getTime() - DAY)),
      ),
    )
    .limit(1);
  return before !== undefined;
}
