import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempts, cases, giveBacks, inbound } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { marketRules, type Market, type PaymentProvider } from '#domain/markets';
import { money } from '#domain/money';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { connectTemporal } from '#platform/temporal/connection';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { startTestServer, type TestServer } from '#providers/test-server';
import { testConfig, unreachedMobileMoney } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { completeLease } from '../../leases/end-lease.ts';
import { confirmInbound } from '../inbound/confirm-inbound.ts';
import { receiveMoney } from '../cash/receive-money.ts';
import { recordOutcome } from './record-outcome.ts';
import { recoverCharges } from '../reconciliation/recover-charges.ts';
import type { ReconciliationDependencies } from '../reconciliation/dependencies.ts';

/**
 * A number is a receipt of one provider in one market: each of them numbers its payments by itself, so that the same number
 * elsewhere is other money. Each test has such another payment in the books.
 */
let database: TestDatabase;
let server: TestServer;
let deps: ReconciliationDependencies;
let close: () => Promise<unknown>;
const config = testConfig(unreachedMobileMoney);
const DAY = '2026-01-05T07:00:00Z';

/** What MTN's statement of today in Uganda has. */
let lines: object[] = [];

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestServer()]);
  const temporal = await connectTemporal(config);
  close = () => Promise.all([server.close(), temporal.connection.close()]).then(() => database.close());
  const mobileMoney = createMobileMoney({ ...config, MTN_BASE_URL: server.url });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  deps = { db: database.db, config, encryption, mobileMoney, temporal, log: createLogger('test', 'silent') };
  server.reply = ({ path }) => {
    const date = /\d{4}-\d{2}-\d{2}/.exec(path)?.[0];
    if (date === undefined) return { status: 200, body: { access_token: 'token', expires_in: '3600' } };
    return { status: 200, body: { date, data: date === today ? lines : [] } };
  };
});
afterAll(() => close());

const said = { originalReceipt: null, reference: null, account: '', payer: null, currency: 'UGX' };
const today = localDateAt(Date.now(), 'UG');

/** Others' money in the books: it came, and went back, by such a number. */
async function elsewhere(market: Market, provider: PaymentProvider, number: string): Promise<void> {
  const lease = await bookLease(database, config, { market });
  const charge = await lease.isCharged(DAY, 20_000, { provider, receipt: number });
  const [row] = await database.db.select().from(attempts).where(eq(attempts.id, charge));
  if (row === undefined) throw new Error('nothing was charged');
  const refund = { id: randomUUID(), kind: 'refund', due: `refund-${charge}`, refundOf: charge } as const;
  await database.db.insert(attempts).values({ ...row, ...refund, transferId: null, callbackHash: null });
  const [itemId, paid] = [uuidv7(), { amount: 1_000, payerMasked: 'x', paidAt: new Date(DAY), account: 'X' }];
  const { currency } = marketRules(market);
  await database.db
    .insert(inbound)
    .values({ id: itemId, provider, market, currency, receipt: `1${number}`, ...paid, status: 'returned' });
  const sent = { reason: 'test', callbackHash: randomUUID(), status: 'succeeded', providerReference: number } as const;
  await database.db
    .insert(giveBacks)
    .values({ id: randomUUID(), inboundId: itemId, transferId: randomUUID(), ...sent });
}

const others = [
  ['in another market', 'RW', 'mtn'],
  ['at another provider', 'UG', 'airtel'],
] as const;

describe.each(others)('a number that is a receipt %s as well', (_where, market, provider) => {
  const number = market === 'RW' ? '23503452' : '23503461';

  it('is credited here, once', async () => {
    await elsewhere(market, provider, number);
    const lease = await bookLease(database, config);
    const pays = () => {
      const paid = { paymentId: uuidv7(), amount: 5_000, provider: 'mtn', receipt: number, payerMasked: 'x' } as const;
      const received = { leaseId: lease.id, money: { kind: 'inbound', fromSuspense: false, ...paid } } as const;
      return lease.at(DAY, (context) => receiveMoney(context, config, received));
    };
    await pays();
    await expect(pays()).rejects.toMatchObject({ code: 'receipt_conflict' });
    expect((await lease.row()).depositPaid).toBe(5_000);
  });

  it('is one that a charge may have, and no case', async () => {
    const own = `${number}1`;
    await elsewhere(market, provider, own);
    const lease = await bookLease(database, config);
    const charge = await lease.isCharged(DAY, 5_000, { receipt: null });
    await database.db.update(attempts).set({ status: 'pending' }).where(eq(attempts.id, charge));
    const final = { state: 'succeeded', receipt: own, amount: money(5_000, 'UGX') } as const;
    await lease.at(DAY, (context) => recordOutcome(context, charge, final));
    const [row] = await database.db.select().from(attempts).where(eq(attempts.id, charge));
    expect(row).toMatchObject({ status: 'succeeded', providerReference: own });
    expect(await database.db.select().from(cases).where(eq(cases.paymentId, charge))).toEqual([]);
  });

  it('is how money went back that a customer paid by himself: no lease gets it', async () => {
    const own = `${number}2`;
    await elsewhere(market, provider, own);
    const [id, receipt] = [uuidv7(), `7${own}`];
    const facts = { provider: 'mtn', market: 'UG', currency: 'UGX', account: 'NOBODY', payerMasked: 'x' } as const;
    const paid = { receipt, amount: 400_000, paidAt: new Date(), status: 'announced' } as const;
    await database.db.insert(inbound).values({ id, ...facts, ...paid });
    const at = new Date().toISOString();
    const came = { ...said, type: 'payBill', receipt, account: 'NOBODY', amount: '400000', at };
    const went = { ...said, type: 'refund', receipt: own, originalReceipt: receipt, amount: '400000', at };
    lines = [came, went];
    expect(await confirmInbound(deps, id, new Date())).toBe('returned');
  });

  it('is how money went back in time that a restore has lost: it is written down, and not sent again', async () => {
    const own = `${number}3`;
    await elsewhere(market, provider, own);
    const lease = await bookLease(database, config);
    await lease.isCharged(DAY, 20_000);
    await lease.handOver(DAY);
    const charge = await lease.isCharged(DAY, 109_000);
    await lease.at(DAY, (context) => completeLease(context, { leaseId: lease.id }));
    const [id, originalReceipt] = [randomUUID(), charge.toUpperCase()];
    const went = { type: 'refund', receipt: own, originalReceipt, reference: id, amount: '9000' };
    lines = [{ ...said, ...went, at: new Date().toISOString() }];
    const mtn = { ...deps, mobileMoney: { ...deps.mobileMoney, all: () => [deps.mobileMoney.get('mtn')] } };
    const recovered = await recoverCharges(mtn, new Date(Date.now() - 3_600_000), new Date());
    expect(recovered).toEqual({ stated: 1, recovered: 1, left: [] });
  });
});
