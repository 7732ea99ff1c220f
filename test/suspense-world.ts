import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { accounts, attempts, entries, giveBacks, inbound } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import type { Reversal } from '#domain/leases/orders';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer } from '#providers/test-server';
import { commandKey } from '#steering/command-key';
import { completeLease } from '#use-cases/leases/end-lease';
import { receiveMoney } from '#use-cases/payments/cash/receive-money';
import { openAttempt } from '#use-cases/payments/charging/open-attempt';
import type { PaymentDependencies } from '#use-cases/payments/dependencies';
import { receivedFrom } from '#use-cases/payments/inbound-record';
import { putIntoSuspense } from '#use-cases/payments/inbound/place-inbound';
import { refundsDue } from '#use-cases/payments/refunds/refunds';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { resolveSuspense } from '#use-cases/payments/suspense/resolve-suspense';
import { testConfig, unreachedMobileMoney } from './config.ts';
import { createTestDatabase } from './database.ts';
import { bookLease } from './lease-books.ts';

export const admin: Actor = { role: 'admin', id: randomUUID() };
export const other: Actor = { role: 'admin', id: randomUUID() };
const DAY_1 = '2026-01-05T07:00:00Z';
export const DAY_2 = '2026-01-06T07:00:00Z';
export const DAY_3 = '2026-01-07T07:00:00Z';
export const key = () => commandKey(new Date(0), 'test', randomUUID());
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

const PAYER = '+256772000100';

/** Money that customers pay MTN by themselves, in a database, and an MTN that says of what goes back what it is told to say. */
export async function startSuspenseWorld() {
  const config = testConfig(unreachedMobileMoney);
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal = await connectTemporal(config);
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url, AIRTEL_BASE_URL: server.url });
  const log = createLogger('test', 'silent');
  const deps = { db: database.db, config, encryption, mobileMoney, temporal, log } satisfies PaymentDependencies;
  const { db } = database;

  /** What MTN has been asked to send, and of which ids it says that it has sent them, and how much. */
  const sent: string[] = [];
  const through = new Map<string, number>();
  let isSilent = false;
  /** What today’s statement has. */
  const stated: object[] = [];
  const today = localDateAt(Date.now(), 'UG');
  server.reply = ({ path, method }) => {
    if (path.includes('token')) return { status: 200, body: { access_token: 'token', expires_in: 3_600 } };
    const date = /\d{4}-\d{2}-\d{2}/u.exec(path)?.[0];
    if (date !== undefined) return { status: 200, body: { date, data: date === today ? stated : [] } };
    if (isSilent) return { status: 503, body: {} };
    if (method === 'POST') {
      sent.push(path);
      return { status: 202, body: {} };
    }
    const found = [...through].find(([id]) => path.includes(id));
    if (found === undefined) return { status: 404, body: { code: 'RESOURCE_NOT_FOUND' } };
    const payee = { partyIdType: 'MSISDN', partyId: PAYER.slice(1) };
    const said = { amount: String(found[1]), currency: 'UGX', externalId: 'x', payee };
    return { status: 200, body: { ...said, status: 'SUCCESSFUL', financialTransactionId: found[0].slice(0, 8) } };
  };

  const announced = async (amount: number) => {
    const [id, receipt] = [uuidv7(), randomUUID().toUpperCase()];
    const payer = { payerMasked: '+2567*****100', payerEncrypted: encryption.encrypt(PAYER) };
    const paid = { provider: 'mtn', market: 'UG', receipt, account: 'X', amount, currency: 'UGX' } as const;
    const told = { ...payer, payerHash: encryption.hash('phone', PAYER), paidAt: new Date() };
    await db.insert(inbound).values({ id, ...paid, ...told, status: 'announced' });
    return id;
  };
  const waiting = async (amount: number) => {
    const inboundId = await announced(amount);
    await putIntoSuspense(deps, { inboundId, at: new Date(DAY_2) });
    return inboundId;
  };
  const itemOf = async (id: string) => {
    const [item] = await db.select().from(inbound).where(eq(inbound.id, id));
    if (item === undefined) throw new Error(`there is no ${id}`);
    return item;
  };
  const gives = async (inboundId: string, leaseId: string) => {
    await resolveSuspense(deps, admin, { inboundId, leaseId }, key());
    return (await itemOf(inboundId)).paymentId ?? '';
  };
  /** Minor units of an account of all leases together. */
  const balance = async (name: string) => {
    const [found] = await db
      .select({ sum: sql<string>`coalesce(sum(${entries.amount}), 0)` })
      .from(entries)
      .innerJoin(accounts, eq(accounts.id, entries.accountId))
      .where(eq(accounts.name, name));
    return Number(found?.sum);
  };

  /** A lease that is handed over, and whose next pay-bills are what it owes; or one that owes nothing any more. */
  const running = async () => {
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY_1, 20_000);
    await lease.handOver(DAY_1);
    const { id: leaseId } = lease;
    const receives = (inboundId: string) =>
      lease.at(DAY_2, async (context) => {
        const money = receivedFrom(await itemOf(inboundId), inboundId);
        await receiveMoney(context, config, { leaseId, money });
      });
    const reverses = (attemptId: string, wish: Pick<Reversal, 'to' | 'amount' | 'reversalId'>) =>
      lease.at(DAY_3, (context) =>
        reversePayment({ ...context, actor: admin }, { leaseId, attemptId, reason: 'a slip', ...wish }),
      );
    return { ...lease, receives, reverses };
  };
  const over = async () => {
    const lease = await running();
    await lease.isCharged(DAY_1, 100_000);
    await lease.at(DAY_2, (context) => completeLease(context, { leaseId: lease.id }));
    return lease;
  };
  /** The refund that is due of a lease was sent so many hours ago, and MTN knew nothing of it. */
  const refundUnseen = async (lease: Awaited<ReturnType<typeof running>>, hours: number) => {
    const [order] = await lease.at(DAY_2, (context) => refundsDue(context, deps, { leaseId: lease.id }));
    if (order === undefined) throw new Error('no refund is due');
    const attemptId = randomUUID();
    const wish = { leaseId: lease.id, kind: 'refund', ...order, attemptId } as const;
    await lease.at(DAY_2, (context) => openAttempt(context, deps, wish));
    const [sentAt, settledAt] = [hoursAgo(hours), new Date()];
    const unseen = { sent: true, sentAt, createdAt: sentAt, status: 'failed', reason: 'not_sent', settledAt } as const;
    await db.update(attempts).set(unseen).where(eq(attempts.id, attemptId));
    return attemptId;
  };
  /** A give-back that was sent so many hours ago, and of which MTN knew nothing, or that a person took for failed. */
  const givenBackUnseen = async (
    inboundId: string,
    amount: number,
    hours: number,
    declined: 'not_sent' | 'not_confirmed' = 'not_sent',
  ) => {
    const [id, sentAt] = [randomUUID(), hoursAgo(hours)];
    const given = { id, inboundId, amount, reason: 'test', requestedBy: admin.id, callbackHash: id } as const;
    await db
      .insert(giveBacks)
      .values({ ...given, status: 'failed', declined, sent: true, sentAt, createdAt: sentAt, settledAt: sentAt });
    return id;
  };

  const close = async () => {
    await Promise.all([server.close(), temporal.connection.close()]);
    await database.close();
  };
  const silence = (is: boolean) => void (isSilent = is);
  const money = { announced, waiting, itemOf, gives, balance, running, over, refundUnseen, givenBackUnseen };
  return { database, deps, sent, through, stated, today, silence, ...money, close };
}
