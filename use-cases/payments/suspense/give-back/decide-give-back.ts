import { and, desc, eq, sql } from 'drizzle-orm';
import type { Database } from '#db/client';
import { openGiveBack } from '#db/queries/payment-states';
import { audit, giveBacks } from '#db/schema/index';
import { deciding } from '#domain/audit';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { keys } from '#domain/ledger/keys';
import { isReceipt, normalReceipt } from '#domain/payments/receipt';
import { record, transact, type Context } from '../../../context.ts';
import { lockGiveBack, recordGiveBack, sumOfGiveBack } from './give-back-record.ts';

interface Decision {
  readonly inboundId: string;
  readonly outcome: 'succeeded' | 'failed';
  readonly providerReference: string | null;
  readonly reason: string;
}

/**
 * An admin decides what became of money that was given back from suspense and of which no provider can tell. What shows
 * up later counts all the same.
 *
 * @throws Problem invalid_state where none of it is unknown; unprocessable for what is no receipt
 */
export async function decideGiveBack(
  { db }: { readonly db: Database },
  actor: Actor,
  { inboundId, outcome, providerReference, reason }: Decision,
): Promise<void> {
  await transact(db, actor, new Date(), async (context) => {
    const isOpen = and(eq(giveBacks.inboundId, inboundId), openGiveBack);
    const [open] = await context.tx.select({ id: giveBacks.id }).from(giveBacks).where(isOpen);
    if (open === undefined && (await isSaidAgain(context, { inboundId, outcome, reason }))) return;
    const found = open === undefined ? null : await lockGiveBack(context.tx, open.id);
    if (found?.row.status !== 'unknown')
      throw new Problem('invalid_state', 'nothing of it is unknown: it is asked about, or it is known');
    const { row } = found;
    const receipt = providerReference === null ? null : normalReceipt(providerReference);
    if (receipt !== null && (outcome === 'failed' || !isReceipt(receipt)))
      throw new Problem('unprocessable', 'it has no such receipt', [
        { path: 'providerReference', message: 'must be a receipt of what succeeded, as the provider writes it' },
      ]);
    await record(context, {
      key: keys.giveBackDecided(row.id),
      type: 'inbound.give_back_decided',
      subject: inboundId,
      detail: { giveBackId: row.id, outcome, reason },
    });
    const amount = sumOfGiveBack(found);
    await recordGiveBack(
      context,
      row.id,
      outcome === 'succeeded'
        ? { state: 'succeeded', receipt, amount }
        : { state: 'failed', reason: 'not_confirmed', detail: reason },
    );
  });
}

/** The last decision about it was the same, by the same person: his first answer was lost. */
async function isSaidAgain(
  { tx, actor }: Context,
  { inboundId, outcome, reason }: Pick<Decision, 'inboundId' | 'outcome' | 'reason'>,
): Promise<boolean> {
  const isDecision = and(eq(audit.subject, inboundId), eq(audit.type, 'inbound.give_back_decided'));
  const [last] = await tx
    .select({ by: sql<string>`${audit.actor} ->> 'id'`, detail: audit.detail })
    .from(audit)
    .where(isDecision)
    .orderBy(desc(audit.at))
    .limit(1);
  if (last?.by !== actor.id) return false;
  const said = deciding['inbound.give_back_decided'].parse(last.detail);
  return said.outcome === outcome && said.reason === reason;
}
