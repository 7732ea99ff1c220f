import { eq } from 'drizzle-orm';
import { giveBacks } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { GiveBackStatus } from '#domain/payments/payment';
import type { ProviderStatus } from '#providers/mobile-money/provider';
import { ProviderFailure } from '#providers/provider-failure';
import { openCase } from '../../../cases/open-case.ts';
import { record, transact } from '../../../context.ts';
import { claimShape } from '../../claims.ts';
import { mayBeOnItsWay, neverTaken } from '../../attempt-record.ts';
import { callbackUrlOf } from '../../callback-url.ts';
import type { PaymentDependencies } from '../../dependencies.ts';
import {
  chargedOf,
  findGiveBack,
  lockGiveBack,
  recordGiveBack,
  sumOfGiveBack,
  type GiveBack,
} from './give-back-record.ts';

const actor = system('suspense');

/** Asks the provider what became of money that was given back from suspense, and writes down what it says. */
export async function askGiveBack(
  deps: PaymentDependencies,
  { giveBackId: id }: { readonly giveBackId: string },
): Promise<GiveBackStatus> {
  const found = await findGiveBack(deps.db, id);
  const { status, sent } = found.row;
  if (status === 'succeeded' || status === 'failed' || !sent) return status;
  const said = (await answerAbout(deps, found)) ?? { state: 'pending' as const };
  // Whoever gave it up before might send it twice.
  const final = said.state === 'not_found' && !mayBeOnItsWay(found.row) ? neverTaken : said;
  if (final.state !== 'succeeded' && final.state !== 'failed') return status;
  return transact(deps.db, actor, new Date(), (context) => recordGiveBack(context, id, final));
}

/** What the provider says; null where it does not answer. */
export async function answerAbout(deps: PaymentDependencies, asked: GiveBack): Promise<ProviderStatus | null> {
  const { row, item } = asked;
  const amount = sumOfGiveBack(asked);
  try {
    return await deps.mobileMoney.get(item.provider).refundStatus({
      attemptId: row.id,
      providerRequestId: row.providerRequestId,
      market: item.market,
      amount,
      charged: chargedOf(asked),
      callbackUrl: callbackUrlOf(deps, { id: row.id, provider: item.provider }),
      of: 'payBill',
      claim: claimShape.safeParse(row.claim).data ?? null,
    });
  } catch (error) {
    if (error instanceof ProviderFailure) return null;
    throw error;
  }
}

/** Nobody waits for it any longer: what was never sent has failed, and of anything else nobody can say, with a case. */
export function doubtGiveBack(
  deps: Pick<PaymentDependencies, 'db'>,
  { giveBackId: id }: { readonly giveBackId: string },
): Promise<GiveBackStatus> {
  return transact(deps.db, actor, new Date(), async (context) => {
    const { row, item } = await lockGiveBack(context.tx, id);
    if (row.status !== 'pending') return row.status;
    if (!row.sent) return recordGiveBack(context, id, neverTaken);
    await context.tx.update(giveBacks).set({ status: 'unknown' }).where(eq(giveBacks.id, id));
    const amount = sumOfGiveBack({ row, item });
    const detail = { amount, provider: item.provider, giveBackId: id };
    await openCase(context, { kind: 'unknown_outcome', leaseId: null, paymentId: item.id, detail });
    await record(context, {
      key: `inbound.give_back_unknown:${id}`,
      type: 'inbound.give_back_unknown',
      subject: item.id,
      detail,
    });
    return 'unknown';
  });
}
