import { inArray, sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { leastAskedOf, oldestUnpaid, type LeaseRow } from '#use-cases/leases/lease-record';
import type { AttemptRow } from '#use-cases/payments/attempt-record';
import type { Database } from '#db/client';
import { prebuiltSql } from '#db/prebuilt';
import { scheduleOf } from '#db/queries/leases';
import { cases, type inbound } from '#db/schema/index';
import { addDays, localDate } from '#domain/calendar';
import { lineStatus, positionOn, unpaid, type LeaseMoney, type ScheduleLine } from '#domain/leases/position';
import { hasEnded, isGivenUp, isRunning } from '#domain/leases/status';
import { sumOf } from '#domain/leases/lease-credit';
import { accounts } from '#domain/ledger/ledger';
import { asked, unfilled } from '#domain/leases/allocation';
import { lineParts } from '#domain/vehicles/plan';
import type { World } from './world.ts';

/** What is true of a lease's books after every step. Amounts are minor units; debits are positive. */

type Lease = LeaseMoney &
  Pick<
    LeaseRow,
    'id' | 'market' | 'paymentMethodId' | 'status' | 'disputed' | 'scheduleVersion' | 'oldestUnpaidOn' | 'plan'
  > & {
    wasHandedOver: boolean;
    /** A quote is paid, and it is not settled by it yet. */
    quoteWaits: boolean;
  };
type Payment = Pick<
  AttemptRow,
  | 'id'
  | 'kind'
  | 'status'
  | 'amount'
  | 'settledAmount'
  | 'takenBack'
  | 'allocation'
  | 'transferId'
  | 'source'
  | 'provider'
> &
  Pick<AttemptRow, 'agentId' | 'refundOf' | 'valueOn' | 'providerReference'>;

export interface Books {
  readonly world: World;
  readonly row: Lease;
  readonly lines: readonly ScheduleLine[];
  readonly payments: readonly Payment[];
  /** What the customer paid by himself. */
  readonly items: readonly Pick<typeof inbound.$inferSelect, 'status' | 'amount' | 'suspenseTransferId' | 'receipt'>[];
  /** What an account holds by the lease's transfers. */
  readonly balance: (name: string) => number;
  readonly inAll: number;
  /** What of payments was taken back as they are booked, by their ids. */
  readonly takenBack: ReadonlyMap<string, number>;
  /** What each agent has in hand, by all of his transfers. */
  readonly inHand: (agentId: string) => number;
}

interface Read extends Pick<Books, 'row' | 'lines' | 'payments' | 'items'>, Record<string, unknown> {
  readonly sums: readonly { readonly name: string; readonly sum: number }[];
  readonly hands: readonly { readonly name: string; readonly sum: number }[];
  readonly back: readonly { readonly name: string; readonly sum: number }[];
}

/** In one statement: it is done after every step of every life. */
const read = prebuiltSql<Read>(
  (given) => sql`
    select json_build_object('id', l.id, 'market', l.market, 'status', l.status, 'deposit', l.deposit, 'depositPaid', l.deposit_paid,
      'feesCharged', l.fees_charged, 'feesPaid', l.fees_paid, 'feesWaived', l.fees_waived, 'credit', l.credit,
      'disputed', l.disputed, 'totalPrice', l.total_price, 'scheduleVersion', l.schedule_version,
      'oldestUnpaidOn', l.oldest_unpaid_on, 'paymentMethodId', l.payment_method_id, 'wasHandedOver', l.handed_over_at is not null, 'plan', l.plan, 'quoteWaits',
      exists (select from leases.settlement_quotes where lease_id = l.id and paid_at is not null and used_at is null)) as row,
    (select coalesce(json_agg(json_build_object('number', number, 'dueOn', due_on, 'amount', amount, 'paid', paid,
      'waived', waived, 'components', components, 'filled', filled, 'matured', matured,
      'feeChargedOn', fee_charged_on) order by number), '[]')
      from leases.schedule_lines where lease_id = l.id and version = l.schedule_version) as lines,
    (select coalesce(json_agg(json_build_object('id', id, 'kind', kind, 'status', status, 'amount', amount,
      'settledAmount', settled_amount, 'takenBack', taken_back, 'allocation', allocation, 'transferId', transfer_id, 'source', source,
      'provider', provider, 'agentId', agent_id, 'refundOf', refund_of, 'valueOn', value_on,
      'providerReference', provider_reference)), '[]')
      from payments.attempts where lease_id = l.id) as payments,
    (select coalesce(json_agg(json_build_object('status', status, 'amount', amount, 'receipt', receipt,
      'suspenseTransferId', suspense_transfer_id)), '[]')
      from payments.inbound where account = l.reference) as items,
    (select coalesce(json_agg(one), '[]') from (select sum(e.amount) as sum,
      case when t.kind = 'dispute_given_up' and e.amount > 0 then t.kind
        when t.key like 'rounding-dispute:%' and e.amount > 0 then 'dispute_rounded' else a.name end as name from ledger.transfers t
      join ledger.entries e on e.transfer_id = t.id join ledger.accounts a on a.id = e.account_id
      where t.lease_id = l.id group by 2) one) as sums,
    (select coalesce(json_agg(one), '[]') from (select a.name, sum(e.amount) as sum from ledger.accounts a
      join ledger.entries e on e.account_id = a.id where a.name in (${given('one')}, ${given('other')}) group by a.name) one) as hands,
    (select coalesce(json_agg(one), '[]') from (select p.id as name, sum(greatest(0, -e.amount)) as sum from payments.attempts p
      join ledger.transfers t on t.lease_id = p.lease_id and t.kind = 'reversal'
        and t.cause ->> 'transferId' = coalesce(
          (select booked.cause ->> 'transferId' from ledger.transfers booked where booked.id = p.transfer_id), p.transfer_id::text)
        and not exists (select from ledger.transfers undone where undone.reverses = t.id)
      join ledger.entries e on e.transfer_id = t.id join ledger.accounts a on a.id = e.account_id
      where p.lease_id = l.id and (p.source = a.name or a.name like 'clearing:%' or a.name like 'float:%' or a.name like 'suspense:%')
      group by p.id) one) as back
    from leases.leases l where l.id = ${given('leaseId')}`,
);

export async function readBooks(world: World): Promise<Books> {
  const [one, other] = world.agents.map(({ id }) => accounts.float(id));
  const [lease] = await read(world.db, { leaseId: world.leaseId, one, other });
  if (lease === undefined) throw new Error('the lease is gone');
  const { sums, hands, back, ...found } = lease;
  world.knows(found.row);
  const within = (some: Read['sums']) => {
    const balances = new Map(some.map(({ name, sum }) => [name, sum]));
    return (name: string) => balances.get(name) ?? 0;
  };
  const held = within(hands);
  const inHand = (agentId: string) => held(accounts.float(agentId));
  const takenBack = new Map(back.map(({ name, sum }) => [name, sum]));
  return { world, ...found, takenBack, balance: within(sums), inAll: total(sums, ({ sum }) => sum), inHand };
}

const total = <T>(all: readonly T[], amount: (one: T) => number) => all.reduce((sum, one) => sum + amount(one), 0);
/** What a payment brought, or took where it is a refund; less what was taken back of it. */
const valueOf = (one: Payment) => (broughtBy(one) - one.takenBack) * (one.kind === 'refund' ? -1 : 1);
const broughtBy = ({ settledAmount, amount }: Payment) => settledAmount ?? amount;
const isPosted = ({ status, transferId }: Payment) => status === 'succeeded' && transferId !== null;
export const positionIn = ({ world, row, lines }: Books) =>
  positionOn(world.today, { ...row, leastAsked: leastAskedOf(row) }, lines);

/** As `expect(actual).toBe(wanted)`, which costs more than all else of a check; it is said by that where it is not so. */
function same<T>(actual: T, wanted: T, what?: string): void {
  if (!Object.is(actual, wanted)) expect(actual, what).toBe(wanted);
}

/** Each is one sentence about the books. */
export const always: Readonly<Record<string, (books: Books) => void>> = {
  'debits equal credits': ({ inAll }) => same(inAll, 0),

  'a payment went to what it paid, all of it': ({ payments }) => {
    for (const one of payments.filter(isPosted))
      same(
        total(one.allocation, ({ amount }) => amount),
        valueOf(one),
      );
  },

  'money that came is somewhere, or was given back': ({ row, lines, payments, balance }) => {
    const somewhere = row.depositPaid + total(lines, ({ paid }) => paid) + row.feesPaid + row.credit - row.disputed;
    // Cents that the house took of a payment it gives back when that is taken back.
    const house = total(payments.filter(isPosted), ({ allocation }) => sumOf(allocation, 'rounding'));
    const byOthers = balance(accounts.insurance) + balance('dispute_given_up') + balance('dispute_rounded');
    same(somewhere + house, total(payments.filter(isPosted), valueOf) + byOthers);
  },

  'what is paid and what is owed are the price': (books) => {
    const { row, lines } = books;
    if (row.scheduleVersion > 0)
      same(row.deposit + total(lines, ({ amount, waived }) => amount - waived), row.totalPrice);
    const shown = lines.filter((line) => lineStatus(line, books.world.today) !== 'waived').map(asked);
    if (row.scheduleVersion > 0) same(row.deposit + total(shown, ({ amount }) => amount), row.totalPrice);
    for (const { amount, components } of shown)
      same(
        total(Object.values(components), (part) => part),
        amount,
      );
    for (const { paid, waived, filled } of lines)
      same(
        total(Object.values(filled), (part) => part),
        paid + waived,
      );
  },

  'the price is never more than was signed': ({ row, world }) =>
    same(Math.max(row.totalPrice, world.signed), world.signed),

  'the receivable is what is outstanding and the fees': (books) => {
    const { row, balance } = books;
    const { outstanding, feesDue } = positionIn(books);
    const isOwed = row.scheduleVersion > 0 && !isGivenUp(row.status);
    same(balance(`lease:${row.id}:receivable`), isOwed ? outstanding + feesDue : 0);
  },

  'what is not earned is what of the lines is not filled, part by part': ({ row, lines, balance }) => {
    const open = isGivenUp(row.status) || row.scheduleVersion === 0 ? new Map<string, number>() : unfilled(lines);
    for (const part of lineParts) same(balance(accounts.unearned(part)), 0 - (open.get(part) ?? 0), part);
  },

  'credit, dispute and deposit are what their accounts hold': ({ row, balance }) => {
    same(balance(`lease:${row.id}:unapplied`), 0 - row.credit);
    same(balance(`lease:${row.id}:disputed`), row.disputed);
    same(balance(`lease:${row.id}:deposit`), row.scheduleVersion > 0 ? 0 : 0 - row.depositPaid);
    expect(Math.min(row.credit, row.disputed, row.depositPaid, row.feesPaid)).toBeGreaterThanOrEqual(0);
  },

  'each provider and each agent holds what came by him, less what went back': ({
    payments,
    balance,
    world,
    inHand,
  }) => {
    const posted = payments.filter(isPosted);
    const direct = posted.filter(({ source, provider }) => source === null && provider === world.provider);
    const names = [`clearing:${world.provider}`, `suspense:${world.provider}`] as const;
    if (!world.moved) same(balance(names[0]), total(direct, valueOf));
    const byProvider = posted.filter(({ provider }) => provider === world.provider);
    same(total(names, balance), total(byProvider, valueOf));
    for (const { id } of world.agents) {
      same(
        balance(`float:${id}`),
        total(
          posted.filter(({ agentId }) => agentId === id),
          valueOf,
        ),
      );
      same(inHand(id), balance(`float:${id}`) - (world.handedOver.get(id) ?? 0));
    }
  },

  'suspense holds what waits in it': ({ items, balance, world }) => {
    const brought = total(
      items.filter(({ suspenseTransferId }) => suspenseTransferId !== null),
      ({ amount }) => amount,
    );
    const waits = total(
      items.filter(({ status }) => status === 'suspense'),
      ({ amount }) => amount,
    );
    if (!world.moved) same(brought - balance(`suspense:${world.provider}`), waits);
  },

  'what waits in suspense no lease has, and nobody was given back': ({ items, payments, world }) => {
    for (const { receipt } of items.filter(({ status }) => status === 'suspense')) {
      const had = payments.filter(({ kind, providerReference }) => kind === 'inbound' && providerReference === receipt);
      expect(had.filter(isPosted)).toEqual([]);
      const ids = new Set(had.flatMap(({ id }) => (world.denied.has(id) ? [] : [id])));
      const back = payments.filter(({ refundOf, status }) => ids.has(refundOf ?? '') && status === 'succeeded');
      expect(back).toEqual([]);
    }
  },

  'a payment is taken back as the ledger says, and never more than it brought': ({ payments, takenBack }) => {
    for (const { id, status, takenBack: inParts, ...one } of payments.filter(({ kind }) => kind !== 'refund')) {
      if (status === 'succeeded') same(takenBack.get(id) ?? 0, inParts);
      expect(takenBack.get(id) ?? 0).toBeLessThanOrEqual(one.settledAmount ?? one.amount);
    }
  },

  'no charge gets more back than what it brought in credit': ({ row, payments, world }) => {
    const isApplication = hasEnded(row.status) && !row.wasHandedOver;
    const charges = payments.filter(
      ({ id, kind, status }) => kind !== 'refund' && status === 'succeeded' && !world.denied.has(id),
    );
    for (const charge of charges) {
      const back = payments.filter(({ refundOf, transferId }) => refundOf === charge.id && transferId !== null);
      const brought = sumOf(charge.allocation, 'credit') + (isApplication ? sumOf(charge.allocation, 'deposit') : 0);
      expect(0 - total(back, ({ allocation }) => sumOf(allocation, 'credit'))).toBeLessThanOrEqual(brought);
    }
  },

  'what was said to have been paid is in the books once': ({ payments, world }) => {
    for (const [id, amount] of world.money) {
      const payment = payments.find((one) => one.id === id);
      expect(payment?.transferId ?? null).not.toBeNull();
      same(broughtBy(payment ?? never()), amount);
      same(payment?.status, world.reversed.has(id) ? 'reversed' : 'succeeded');
    }
    for (const { id } of payments.filter(isPosted)) same(world.money.has(id), true);
  },

  'nothing is owed beside credit of a lease that runs, unless a paid quote may take it': (books) => {
    const { row } = books;
    const { outstanding, feesDue } = positionIn(books);
    if (isRunning(row.status) && !row.quoteWaits) same(Math.min(row.credit, outstanding + feesDue), 0);
  },

  'lines are in the order of their days': ({ lines }) => {
    for (const [i, { dueOn }] of lines.entries()) same(dueOn >= (lines[i - 1]?.dueOn ?? dueOn), true);
  },

  'arrears, and since when, are as the lines say': (books) => {
    const { row, lines } = books;
    if (!isRunning(row.status)) return;
    same(row.oldestUnpaidOn, oldestUnpaid(row, lines));
    if (row.status === 'in_arrears') expect(positionIn(books).daysPastDue).toBeGreaterThan(row.plan.graceDays);
  },
};

/** What takes more reading: after each life. */
export async function atTheEnd(books: Books): Promise<void> {
  await checkCases(books);
  await checkFees(books);
  const { row, lines, balance, payments } = books;
  const position = positionIn(books);
  expect(hasEnded(row.status), 'it has ended').toBe(true);
  expect(
    payments.filter(({ status }) => status === 'pending' || status === 'unknown'),
    'nothing is open',
  ).toEqual([]);
  expect(row.credit, 'all credit is given back').toBe(0);
  if (row.status !== 'completed' && row.status !== 'settled_early') return;
  // What is taken back after the end is in dispute: nothing is owed again.
  expect([position.outstanding, position.feesDue, lines.filter((line) => unpaid(line) > 0).length]).toEqual([0, 0, 0]);
  expect(balance(`lease:${row.id}:receivable`), 'nothing is owed').toBe(0);
}

async function checkCases(books: Books): Promise<void> {
  const { world, payments, row } = books;
  const ids = payments.map(({ id }) => id);
  const found = ids.length === 0 ? [] : await world.db.select().from(cases).where(inArray(cases.paymentId, ids));
  const stateOf = (kind: string, id: string) => {
    const its = found.filter((one) => one.kind === kind && one.paymentId === id).map(({ status }) => status);
    return its.includes('open') ? 'open' : (its[0] ?? 'none');
  };
  const inDispute: string[] = [];
  for (const { id, status, settledAmount, allocation, kind } of payments) {
    if (status === 'unknown') expect(stateOf('unknown_outcome', id)).toBe('open');
    else expect(stateOf('unknown_outcome', id)).not.toBe('open');
    expect(stateOf('differing_amount', id)).toBe(settledAmount === null ? 'none' : 'open');
    if (kind !== 'refund') continue;
    if (sumOf(allocation, 'disputed') === 0) expect(stateOf('refund_beyond_credit', id)).toBe('none');
    else inDispute.push(stateOf('refund_beyond_credit', id));
  }
  const disputes = await world.db.execute<{ id: string }>(sql`
    select t.cause ->> 'paymentId' as id from ledger.transfers t join ledger.entries e on e.transfer_id = t.id
    join ledger.accounts a on a.id = e.account_id
    where t.lease_id = ${world.leaseId} and t.kind = 'reversal' and a.name = ${`lease:${world.leaseId}:disputed`} and e.amount > 0`);
  const overdrawn = world.agents.map(({ id }) => id).filter((id) => books.inHand(id) < 0);
  if (overdrawn.length > 0) expect(await overdraftsOf(world.db, overdrawn)).toEqual(overdrawn.toSorted());
  inDispute.push(...disputes.map(({ id }) => stateOf('chargeback', id)));
  expect(inDispute, 'each that was in dispute was a case').not.toContain('none');
  expect(inDispute.includes('open'), 'a dispute is a case until it is over').toBe(row.disputed > 0);
}

async function overdraftsOf(db: Database, agentIds: readonly string[]): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select distinct detail ->> 'agentId' as id from payments.cases
    where kind = 'float_overdrawn' and status = 'open' and detail ->> 'agentId' in ${agentIds} order by 1`);
  return rows.map(({ id }) => id);
}

/** No fee stands whose line money had paid within its grace, whenever that money became known, whatever else was owed. */
export async function checkFees({ world, row, payments }: Books): Promise<void> {
  if (row.feesCharged === 0 || row.feesWaived > 0 || !isRunning(row.status)) return;
  const fees = await feesOf(world.db, row.id);
  expect(
    total(fees, ({ amount }) => amount),
    'fees that stand',
  ).toBe(row.feesCharged);
  const counted = payments.filter((one) => isPosted(one) && one.kind !== 'refund' && one.valueOn !== null);
  for (const { version, instalment, amount: _, on } of fees) {
    const lines = await scheduleOf(world.db, row.id, version);
    const upTo = lines.filter(({ number }) => number <= instalment);
    const line = upTo.at(-1);
    if (line === undefined) continue;
    const lastDay = addDays(line.dueOn, row.plan.graceDays);
    const inTime = counted.filter(({ valueOn }) => valueOn !== null && valueOn <= lastDay);
    const back = payments.filter((one) => isPosted(one) && one.kind === 'refund' && (one.valueOn ?? on) <= lastDay);
    const received =
      total(inTime, (one) => valueOf(one) - sumOf(one.allocation, 'deposit') - sumOf(one.allocation, 'disputed')) -
      total(back, (one) => valueOf(one) + sumOf(one.allocation, 'disputed'));
    const owed =
      total(upTo, (one) => one.amount - one.waived) +
      total(
        fees.filter((fee) => fee.on < on),
        (fee) => fee.amount,
      );
    expect(received, `the fee of line ${instalment}, charged on ${on}`).toBeLessThan(owed);
  }
}

async function feesOf(db: Database, leaseId: string) {
  const rows = await db.execute<{ version: number; instalment: number; amount: number; on: string }>(sql`
    select split_part(t.key, ':', 3)::int as version, split_part(t.key, ':', 4)::int as instalment,
      sum(e.amount)::float8 as amount, t.business_date::text as on
    from ledger.transfers t join ledger.entries e on e.transfer_id = t.id
    where t.lease_id = ${leaseId} and t.kind = 'late_fee' and e.amount > 0
      and not exists (select from ledger.transfers undone where undone.reverses = t.id)
    group by t.id`);
  return [...rows].map(({ on, ...fee }) => ({ ...fee, on: localDate(on) }));
}

/** What is true of the whole ledger: no journal has a gap. */
export async function journalsWithGaps(db: Database): Promise<unknown[]> {
  const gaps = await db.execute(
    sql`select book from ledger.transfers group by book having max(sequence) <> count(*) or min(sequence) <> 1`,
  );
  return [...gaps];
}

function never(): never {
  throw new Error('the payment is not there');
}
