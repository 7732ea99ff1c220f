import { randomUUID } from 'node:crypto';
import { and, eq, ne } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { receivedFrom } from '#use-cases/payments/inbound-record';
import { attempts, cases, inbound, reconciliations } from '#db/schema/index';
import { addDays, instantOf, localDateAt, type LocalDate } from '#domain/calendar';
import type { CaseKind } from '#domain/cases';
import type { Actor } from '#domain/identity/roles';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer } from '#providers/test-server';
import { commandKey } from '#steering/command-key';
import { closeCase } from '#use-cases/cases/close-case';
import { transact } from '#use-cases/context';
import { completeLease } from '#use-cases/leases/end-lease';
import { resolveSuspense } from '#use-cases/payments/suspense/resolve-suspense';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import type { ReconciliationDependencies } from '#use-cases/payments/reconciliation/dependencies';
import { reconcileMarket } from '#use-cases/payments/reconciliation/reconcile-market';
import { refundsDue } from '#use-cases/payments/refunds/refunds';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { testConfig, unreachedMobileMoney } from './config.ts';
import { createTestDatabase } from './database.ts';
import { bookLease } from './lease-books.ts';

const config = testConfig(unreachedMobileMoney);
export const admin: Actor = { role: 'admin', id: randomUUID() };
const DAY_1 = '2026-01-05T07:00:00Z';
const DAY_2 = '2026-01-06T07:00:00Z';
export const DAY_3 = '2026-01-07T07:00:00Z';
export const today = localDateAt(Date.now(), 'UG');
export const [paidOn, tomorrow] = [addDays(today, -1), addDays(today, 1)];
export const ago = (days: number) => addDays(today, -days);
export const noonOf = (date: LocalDate) => new Date(instantOf(date, 12, 'UG'));

export interface Stated {
  readonly on: LocalDate;
  readonly type: string;
  readonly receipt: string;
  readonly amount: number;
  readonly originalReceipt?: string;
  readonly account?: string;
}

/** The lines by which a provider takes some of a payment back. */
const backOf = (receipt: string) => (name: string, amount: number, on: LocalDate) => ({
  on,
  type: 'refund',
  receipt: `${name}${receipt.slice(0, 8)}`,
  originalReceipt: receipt,
  amount,
});

export type Lease = Awaited<ReturnType<typeof bookLease>>;

/** Leases in the books, and a provider whose statements say what a test says. */
export async function stateBooks() {
  const [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal = await connectTemporal(config);
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const log = createLogger('test', 'silent');
  const deps: ReconciliationDependencies = { db: database.db, config, encryption, mobileMoney, temporal, log };
  /** The days whose statements were asked for, in that order. */
  const asked: LocalDate[] = [];

  /** @param said.keptSince statements of before are not to be had any more */
  function states(lines: readonly Stated[], { keptSince = '' } = {}): void {
    asked.length = 0;
    server.reply = ({ path }) => {
      const date = /\d{4}-\d{2}-\d{2}/.exec(path)?.[0];
      if (date === undefined) return { status: 200, body: { access_token: 'token', expires_in: '3600' } };
      asked.push(date as LocalDate);
      if (date < keptSince) return { status: 404, body: { message: 'not kept any more' } };
      const data = lines
        .filter(({ on }) => on === date)
        .map(({ on, amount, originalReceipt = null, account = '', ...line }) => ({
          ...line,
          originalReceipt,
          reference: null,
          payer: null,
          currency: 'UGX',
          account,
          amount: String(amount),
          at: noonOf(on).toISOString(),
        }));
      return { status: 200, body: { date, data } };
    };
  }

  /** @returns all that differs on a day, as it is read on another. */
  async function differencesOf(date: LocalDate, at = noonOf(addDays(date, 1))) {
    const id = randomUUID();
    const day = { provider: 'mtn', market: 'UG', date } as const;
    await database.db
      .insert(reconciliations)
      .values({ id, ...day, requestedBy: admin.id, status: 'running', startedAt: at });
    await reconcileMarket(deps, { reconciliationId: id, at, ...day });
    const [report] = await database.db.select().from(reconciliations).where(eq(reconciliations.id, id));
    return report?.differences ?? [];
  }

  async function running(): Promise<Lease> {
    const lease = await bookLease(database, config);
    const deposit = await lease.isCharged(DAY_1, 20_000);
    await askedOn(deposit, new Date(DAY_1));
    await lease.handOver(DAY_1);
    return lease;
  }

  /** A charge is asked for on the wall, whose time no command sets. */
  const askedOn = (charge: string, createdAt: Date) =>
    database.db.update(attempts).set({ createdAt }).where(eq(attempts.id, charge));

  /** Asked for on the wall's day before today, or another, by the lease's clock too. */
  async function charged(lease: Lease, amount: number, on = paidOn) {
    const receipt = randomUUID().slice(0, 8).toUpperCase();
    const charge = await lease.isCharged(noonOf(paidOn).toISOString(), amount, { receipt });
    await askedOn(charge, noonOf(on));
    return { charge, back: backOf(receipt), line: { on, type: 'charge', receipt, amount } };
  }

  /** 10,000 that a customer paid by himself and a lease got. */
  async function paid(lease: Lease, on = paidOn) {
    const [id, receipt] = [uuidv7(), randomUUID().toUpperCase()];
    const said = { provider: 'mtn', market: 'UG', currency: 'UGX', status: 'announced' } as const;
    const payer = { payerEncrypted: encryption.encrypt('+256772123456'), payerMasked: '+' };
    const money = { id, receipt, amount: 10_000, paidAt: noonOf(on), ...payer, account: '' };
    const [item] = await database.db
      .insert(inbound)
      .values({ ...money, ...said })
      .returning();
    if (item === undefined) throw new Error('no such money');
    await lease.at(DAY_2, (context) =>
      receiveMoney(context, config, { leaseId: lease.id, money: receivedFrom(item, id) }),
    );
    return { id, back: backOf(receipt), line: { on, type: 'payBill', receipt, amount: 10_000 } };
  }

  const takes = (lease: Lease, attemptId: string, amount: number, at = DAY_3) =>
    lease.at(at, (context) =>
      reversePayment(
        { ...context, actor: admin },
        { leaseId: lease.id, attemptId, reason: 'charge-back', amount, to: 'provider', reversalId: randomUUID() },
      ),
    );

  /** A person closes the open cases of a kind about a payment. */
  async function closes(paymentId: string, kind: CaseKind): Promise<void> {
    const isIts = and(eq(cases.paymentId, paymentId), eq(cases.kind, kind));
    const open = await database.db
      .select()
      .from(cases)
      .where(and(isIts, eq(cases.status, 'open')));
    for (const { id } of open)
      await transact(database.db, admin, new Date(), (context) =>
        closeCase(context, { id, resolution: 'the provider was asked' }),
      );
  }

  return {
    deps,
    database,
    asked,
    states,
    differencesOf,
    running,
    charged,
    paid,
    takes,
    askedOn,
    /** What differs about a lease on a day. */
    reconcile: async (date: LocalDate, about?: Lease) => {
      const its = (await differencesOf(date)).filter(({ leaseId }) => leaseId === about?.id);
      return its.map(({ kind, statementAmount }) => [kind, statementAmount]);
    },
    /** The lease is over, and what was paid too much is credit. */
    completes: (lease: Lease) =>
      lease.at(noonOf(paidOn).toISOString(), (context) => completeLease(context, { leaseId: lease.id })),
    due: (lease: Lease) =>
      lease.at(noonOf(tomorrow).toISOString(), (context) => refundsDue(context, deps, { leaseId: lease.id })),
    itemOf: async (id: string) => (await database.db.select().from(inbound).where(eq(inbound.id, id)))[0],
    resolve: async (inboundId: string) => {
      const lease = await running();
      const key = commandKey(new Date(), `POST /v1/suspense/${inboundId}/resolve`, randomUUID());
      await resolveSuspense(deps, admin, { inboundId, leaseId: lease.id }, key);
      return lease;
    },
    /** Of what statements say, or nobody knows; that somebody talks to the customer is none of these. */
    openCases: (paymentId: string) =>
      database.db
        .select()
        .from(cases)
        .where(and(eq(cases.paymentId, paymentId), eq(cases.status, 'open'), ne(cases.kind, 'owed_again'))),
    /** A person has looked at what statements say went back of a payment, and books nothing. */
    dismisses: (paymentId: string) => closes(paymentId, 'reconciliation_missing_here'),
    closes,
    close: () => Promise.all([server.close(), temporal.connection.close()]).then(() => database.close()),
  };
}
