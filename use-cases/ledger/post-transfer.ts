import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { prebuiltSql } from '#db/prebuilt';
import { localDateAt, type LocalDate } from '#domain/calendar';
import type { Currency } from '#domain/money';
import type { Market } from '#domain/markets';
import { books, leaseOfAccount, type Entry } from '#domain/ledger/ledger';
import { decide, type Context } from '../context.ts';

interface TransferInput {
  /** Business key, which names kind and id: posted again, it is the same transfer and nothing changes. */
  readonly key: string;
  readonly kind: string;
  readonly leaseId: string | null;
  /** Whose journal numbers it: `books.lease(id)`, `books.provider(name)` or `books.agent(id)`. */
  readonly book: string;
  /** The transfer that this one undoes. */
  readonly reverses?: string;
  readonly currency: Currency;
  readonly businessDate: LocalDate;
  /** The local day from which it counts, where that is not the business date: money that became known later. */
  readonly valueOn?: LocalDate;
  readonly description: string;
  /** Ids of what caused it. */
  readonly cause: Readonly<Record<string, string>>;
  readonly entries: readonly Entry[];
}

/**
 * Writes one balanced transfer in one statement, and opens the accounts that it is the first to name. What does it is a
 * function of the database, as `db/migrations/0073_same-transfer.sql` has it.
 *
 * @returns its id, the old one's when the same was posted before.
 * @throws PostgresError 23505 `transfers_same` where the key was posted before with other entries, kind, lease or book: two
 * things have one key, and who is silent about that loses one of them
 */
export async function postTransfer({ tx, actor, at }: Context, input: TransferInput): Promise<string> {
  const { entries, ...transfer } = input;
  const id = uuidv7();
  const lines = entries.map(({ account, amount }) => ({ account, amount, leaseId: leaseOfAccount(account) }));
  const [posted] = await post(tx, {
    transfer: JSON.stringify({ id, at, actor, ...transfer }),
    lines: JSON.stringify(lines),
  });
  if (posted === undefined) throw new Error(`transfer ${input.key} vanished`);
  if (posted.id === id)
    decide(tx, { decision: `ledger.${input.kind}`, subject: id, role: actor.role, ...factsOf(input) });
  return posted.id;
}

function factsOf({ leaseId, currency, cause, entries }: TransferInput) {
  const amount = entries.reduce((sum, entry) => sum + Math.max(0, entry.amount), 0);
  return { leaseId, detail: { ...cause, amount: { amount, currency } } };
}

const post = prebuiltSql<{ id: string }>(
  (given) => sql`select ledger.post_transfer(${given('transfer')}::jsonb, ${given('lines')}::jsonb) as id`,
);

type OfTheLease = 'leaseId' | 'book' | 'currency' | 'businessDate' | 'cause';

/** Posts a transfer of a lease's own book, on its business day. @returns as `postTransfer` */
export function postOnLease(
  context: Context,
  { id: leaseId, currency, market }: { readonly id: string; readonly currency: Currency; readonly market: Market },
  transfer: Omit<TransferInput, OfTheLease> & Partial<Pick<TransferInput, 'cause'>>,
): Promise<string> {
  const businessDate = localDateAt(context.at.getTime(), market);
  return postTransfer(context, {
    leaseId,
    book: books.lease(leaseId),
    currency,
    businessDate,
    cause: { leaseId },
    ...transfer,
  });
}
