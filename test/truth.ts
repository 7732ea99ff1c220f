import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '#db/client';
import type { PaymentProvider } from '#domain/markets';
import { SimulatorClient } from '#dev/simulator-client';

/** What one payer should have been charged in all. Minor units. */
export interface Expected {
  readonly leaseId: string;
  readonly payer: string;
  readonly provider: PaymentProvider;
  readonly due: number;
  /** The table leaves this payer's charges undecided. */
  readonly mayBeUnknown: boolean;
}

const transactions = z.object({
  data: z.array(
    z.object({
      payer: z.string(),
      provider: z.string(),
      reference: z.string().nullable(),
      amount: z.number(),
      refunded: z.number(),
    }),
  ),
});
const booked = z.array(z.object({ leaseId: z.string(), amount: z.coerce.number() }));
const attempt = z.object({ id: z.string(), leaseId: z.string(), due: z.string(), status: z.string() });
const totals = z.array(z.object({ name: z.string(), amount: z.coerce.number() }));

/**
 * Compares the books with what the simulated providers really charged: for each payer the ledger, the schedule
 * and the payments; for each provider its clearing account; for each currency the trial balance.
 *
 * @returns a line for each difference; none when all agree.
 */
export async function booksAgainstTruth(
  db: Database,
  simulators: string,
  expected: readonly Expected[],
): Promise<string[]> {
  const { data } = await new SimulatorClient(simulators).get('/transactions');
  const books = await read(db);
  const charges = groupBy(data, ({ payer }) => payer);
  const lines = expected.flatMap((one) => ofPayer(one, charges.get(one.payer) ?? [], books));
  const clearing = groupBy(data, ({ provider }) => `clearing:${provider}`);
  const names = new Set([...clearing.keys(), ...books.clearing.keys()]);
  for (const name of names) {
    const truth = net(clearing.get(name) ?? []);
    const here = books.clearing.get(name) ?? 0;
    if (truth !== here) lines.push(`${name} holds ${here}, the provider charged ${truth}`);
  }
  for (const [currency, sum] of books.balance)
    if (sum !== 0) lines.push(`debits and credits in ${currency} differ by ${sum}`);
  return lines;
}

type Charge = z.infer<typeof transactions>['data'][number];
type Books = Awaited<ReturnType<typeof read>>;

function ofPayer({ leaseId, payer, provider, due, mayBeUnknown }: Expected, charges: readonly Charge[], books: Books) {
  const who = `${provider} payer ${payer}`;
  const [truth, ledger, credit] = [net(charges), books.ledger.get(leaseId) ?? 0, books.credited.get(leaseId) ?? 0];
  const attempts = books.attempts.get(leaseId) ?? [];
  const lines: string[] = [];
  if (truth !== due) lines.push(`${who} was charged ${truth} in ${charges.length} charges, due was ${due}`);
  if (truth !== ledger || truth !== credit)
    lines.push(`${who} was charged ${truth}; the ledger says ${ledger}, the schedule ${credit}`);
  const paid = attempts.filter(({ status }) => status === 'succeeded');
  for (const { id, due: what } of paid) {
    const times = charges.filter(({ reference }) => reference === id).length;
    if (times !== 1) lines.push(`${who}: payment ${id} for ${what} succeeded, and was charged ${times} times`);
  }
  for (const { reference } of charges)
    if (!paid.some(({ id }) => id === reference)) lines.push(`${who} was charged for ${reference}, which is not paid`);
  for (const [what, all] of groupBy(paid, (one) => one.due))
    if (all.length > 1) lines.push(`${who} paid ${what} ${all.length} times`);
  for (const { id, status } of attempts)
    if (status === 'pending' || (status === 'unknown' && !mayBeUnknown))
      lines.push(`${who}: payment ${id} is ${status}`);
  return lines;
}

const net = (charges: readonly Charge[]) => charges.reduce((sum, { amount, refunded }) => sum + amount - refunded, 0);

async function read(db: Database) {
  const [ledger, paid, attempts, clearing, balance] = await Promise.all([
    db.execute(sql`
      select t.lease_id as "leaseId", sum(e.amount) as amount
      from ledger.entries e join ledger.accounts a on a.id = e.account_id join ledger.transfers t on t.id = e.transfer_id
      where a.name like 'clearing:%' and t.lease_id is not null group by t.lease_id`),
    db.execute(sql`
      select l.id as "leaseId", l.deposit_paid + l.fees_paid + l.credit + sum(s.paid) as amount
      from leases.leases l join leases.schedule_lines s on s.lease_id = l.id and s.version = l.schedule_version
      group by l.id`),
    db.execute(sql`select id, lease_id as "leaseId", due, status from payments.attempts`),
    db.execute(sql`
      select a.name, sum(e.amount) as amount from ledger.entries e join ledger.accounts a on a.id = e.account_id
      where a.name like 'clearing:%' group by a.name`),
    db.execute(sql`select currency as name, sum(amount) as amount from ledger.entries group by currency`),
  ]);
  const byLease = (rows: z.infer<typeof booked>) => new Map(rows.map(({ leaseId, amount }) => [leaseId, amount]));
  const byName = (rows: unknown) => new Map(totals.parse(rows).map(({ name, amount }) => [name, amount]));
  return {
    ledger: byLease(booked.parse(ledger)),
    credited: byLease(booked.parse(paid)),
    attempts: groupBy(z.array(attempt).parse(attempts), ({ leaseId }) => leaseId),
    clearing: byName(clearing),
    balance: byName(balance),
  };
}

/** Node 20 has no `Map.groupBy`. */
function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
