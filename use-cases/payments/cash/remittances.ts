import { and, eq } from 'drizzle-orm';
import { declaredOf, floatOf, type RemittanceRow } from '#db/queries/remittances';
import { remittances } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { marketOf } from '#domain/markets';
import { formatMoney, money, type Money } from '#domain/money';
import { books, remittance } from '#domain/ledger/ledger';
import { refuseUnpayable } from '#domain/payable';
import { record, type Context } from '../../context.ts';
import { seenByRemittance } from './cash-to-confirm.ts';
import { lockFloat, lookAtFloat } from './check-float.ts';
import { postTransfer } from '../../ledger/post-transfer.ts';

/**
 * The first step of handing cash over: the agent says how much is on its way. It is the agent's until the
 * company has it.
 *
 * @param input.id named after the request: declared again, it is the same one
 * @throws Problem unprocessable when the agent does not hold so much that is not declared yet, or it cannot be paid.
 */
export async function declareRemittance(
  context: Context,
  input: { id: string; agentId: string; amount: Money; reference: string | null },
): Promise<RemittanceRow> {
  const { id, agentId, amount, reference } = input;
  refuseUnpayable(amount);
  await lockFloat(context, agentId);
  const [before] = await context.tx.select().from(remittances).where(eq(remittances.id, id));
  if (before !== undefined) return before;
  await refuseMoreThanHeld(context, agentId, amount);
  const [row] = await context.tx
    .insert(remittances)
    .values({
      id,
      agentId,
      ...amount,
      status: 'declared',
      reference,
      declaredAt: context.at,
      declaredBy: context.actor.role === 'system' ? agentId : context.actor.id,
    })
    .returning();
  if (row === undefined) throw new Error('the remittance was not stored');
  await record(context, { type: 'remittance.declared', subject: row.id, detail: { agentId, amount } });
  return row;
}

/** @throws Problem unprocessable for more than an agent holds and has not declared. */
export async function refuseMoreThanHeld(
  context: Context,
  agentId: string,
  { amount, currency }: Money,
): Promise<void> {
  const free = (await floatOf(context.tx, agentId, currency)) - (await declaredOf(context.tx, agentId, currency));
  if (amount <= free) return;
  const message = `must be at most ${free}, what is held and not declared yet`;
  throw new Problem('unprocessable', 'The agent does not hold so much cash', [{ path: 'amount.amount', message }]);
}

/**
 * The second step: who receives the cash confirms it, and it leaves the agent's float; or rejects it.
 *
 * @throws Problem same_person for one's own remittance, and for whoever declared it; conflict when it was decided before;
 * invalid_state when the agent holds less by now than he had declared.
 */
export async function decideRemittance(
  context: Context,
  input: { agentId: string; remittanceId: string } & (
    | { decision: 'confirmed' }
    | { decision: 'rejected'; reason?: string | undefined }
  ),
): Promise<RemittanceRow> {
  const { tx, actor, at } = context;
  await lockFloat(context, input.agentId);
  const [row] = await tx
    .select()
    .from(remittances)
    .where(and(eq(remittances.id, input.remittanceId), eq(remittances.agentId, input.agentId)))
    .for('update');
  if (row === undefined) throw new Problem('not_found');
  if (row.agentId === actor.id || row.declaredBy === actor.id)
    throw new Problem('same_person', 'another admin decides than its agent and than whoever declared it');
  if (isSaidAgain(row, input, actor.id)) return row;
  if (row.status !== 'declared') throw new Problem('conflict', `the remittance was ${row.status} before`);
  if (input.decision === 'confirmed') await refuseMoreThanInFloat(context, row);
  const transferId = input.decision === 'confirmed' ? await post(context, row) : null;
  const left = await lookAtFloat(context, row.agentId, row.currency);
  if (input.decision === 'confirmed' && left === 0) await seenByRemittance(context, row.agentId, row.currency);
  const [decided] = await tx
    .update(remittances)
    .set({
      status: input.decision,
      decidedAt: at,
      decidedBy: actor.id,
      transferId,
      reason: input.decision === 'rejected' ? (input.reason ?? null) : null,
    })
    .where(eq(remittances.id, row.id))
    .returning();
  if (decided === undefined) throw new Error(`remittance ${row.id} vanished`);
  const detail = { agentId: row.agentId, amount: money(row.amount, row.currency) };
  await record(context, { type: `remittance.${input.decision}`, subject: row.id, detail });
  return decided;
}

/** Cash of it that was taken back since it was declared is not confirmed without somebody's looking at it. */
async function refuseMoreThanInFloat({ tx }: Context, { agentId, amount, currency }: RemittanceRow): Promise<void> {
  const held = await floatOf(tx, agentId, currency);
  if (amount <= held) return;
  const holds = formatMoney(money(Math.max(0, held), currency));
  throw new Problem(
    'invalid_state',
    `the agent holds ${holds} by the books: cash was taken back since. Reject it, or book what he has taken first`,
  );
}

/** The same decision by the same person, whose first answer was lost. */
const isSaidAgain = (
  { status, decidedBy, reason }: RemittanceRow,
  input: { readonly decision: string; readonly reason?: string | undefined },
  actorId: string,
) => status === input.decision && decidedBy === actorId && reason === (input.reason ?? null);

function post(context: Context, { id, agentId, amount, currency, reference }: RemittanceRow): Promise<string> {
  return postTransfer(context, {
    key: `remittance:${id}`,
    kind: 'remittance',
    leaseId: null,
    book: books.agent(agentId),
    currency,
    businessDate: localDateAt(context.at.getTime(), marketOf(currency)),
    description: `${formatMoney(money(amount, currency))} of cash handed over`,
    cause: { remittanceId: id, ...(reference === null ? {} : { reference }) },
    entries: remittance(agentId, amount),
  });
}
