import { and, eq } from 'drizzle-orm';
import { idempotencyKeys } from '#db/schema/index';
import { keptKey, type CommandKey } from '#steering/command-key';
import type { Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';

/** What is ordered, by whom, and of what: the same again within `withinMs` is the order before. */
interface Order {
  readonly userId: string;
  readonly route: string;
  readonly key: string;
  readonly withinMs: number;
}

const rowOf = ({ userId, route, key }: Order) =>
  and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.route, route), eq(idempotencyKeys.key, key));

/**
 * Claims an order that bears no Idempotency-Key, since it was typed on a phone: two that come at once are one, whichever
 * ids they came under. The time begins with the first, so that it has no edge that two of them could stand beside.
 *
 * @param holder what the one who orders is known by: the same again has what it had
 * @param isOver whether the order of another holder is one no more
 * @returns who has the order
 * @throws Problem not_found of somebody who was erased
 */
export async function claimOrder(
  { tx, at }: Context,
  order: Order,
  holder: CommandKey,
  isOver: (other: CommandKey) => Promise<boolean>,
): Promise<CommandKey> {
  const { userId, route, key, withinMs } = order;
  await requirePerson(tx, userId);
  const mine = { bodyHash: holder, createdAt: at, lockedUntil: at };
  await tx
    .insert(idempotencyKeys)
    .values({ userId, route, key, ...mine })
    .onConflictDoNothing();
  const [row] = await tx.select().from(idempotencyKeys).where(rowOf(order)).for('update');
  if (row === undefined) throw new Error('the order was not kept');
  const other = keptKey(row.bodyHash);
  if (other === holder) return holder;
  const isNear = Math.abs(at.getTime() - row.createdAt.getTime()) < withinMs;
  if (isNear && !(await isOver(other))) return other;
  await tx.update(idempotencyKeys).set(mine).where(rowOf(order));
  return holder;
}

/** What was refused was never ordered: the next one is asked anew. */
export async function releaseOrder({ tx }: Context, order: Order, holder: CommandKey): Promise<void> {
  await tx.delete(idempotencyKeys).where(and(rowOf(order), eq(idempotencyKeys.bodyHash, holder)));
}
