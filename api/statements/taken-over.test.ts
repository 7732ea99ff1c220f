import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempts, methods } from '#db/schema/index';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import type { Context } from '#use-cases/context';
import { changeCustomer } from '#use-cases/leases/change-customer';
import { chargeLateFees } from '#use-cases/leases/charge-late-fees';
import { lockLease } from '#use-cases/leases/lease-record';
import { bookAgain } from '#use-cases/payments/reversal/book-again';
import { reversePayment } from '#use-cases/payments/reversal/reverse-payment';
import { statement as statementShape } from './statements.ts';

let world: ApiWorld;
let heir: Person;
let lease: Awaited<ReturnType<typeof bookLease>>;

beforeAll(async () => {
  world = await createApiWorld();
  const owner = await world.customer();
  heir = await world.customer();
  lease = await bookLease(world.database, world.deps.config, { customerId: owner.user.id });
  await lease.pays('2026-01-05T09:00:00Z', 25_000);
  await lease.handOver('2026-01-06T09:00:00Z');
  await lease.at('2026-01-20T06:00:00Z', (context) => chargeLateFees(context, { leaseId: lease.id }));
  await lease.pays('2026-01-21T06:00:00Z', 15_500);
  await isMadeOver('2026-01-22T06:00:00Z');
  await lease.pays('2026-01-26T06:00:00Z', 10_000);
});
afterAll(() => world.close());

async function isMadeOver(on: string): Promise<void> {
  const [paymentMethodId, customerId] = [uuidv7(), heir.user.id];
  const account = {
    provider: 'mtn',
    phoneEncrypted: world.deps.encryption.encrypt('+256772000111'),
    phoneHash: paymentMethodId,
    masked: '+256*',
  } as const;
  await world.deps.db.insert(methods).values({ id: paymentMethodId, userId: customerId, ...account });
  const signed = { customerId, paymentMethodId, signedName: 'Okello', signedAt: new Date(on) };
  await lease.at(on, async (context) => changeCustomer(context, await lockLease(context.tx, lease.id), signed));
}

const ask = (person: Person, query = '') =>
  world.call('GET', `/v1/leases/${lease.id}/statement${query}`, { token: person.token });
async function linesFor(person: Person) {
  const { body } = await ask(person);
  return statementShape
    .parse(body)
    .entries.map(({ on, kind, debit, credit, balance, split }) => [
      on,
      kind,
      debit.amount,
      credit.amount,
      balance.amount,
      split.reduce((sum, { amount }) => sum + amount.amount, 0),
    ]);
}

it('begins for whoever has taken a lease over with what was paid by who had it before, and tells nothing of him', async () => {
  const own = [
    ['2026-01-22', 'taken_over', 120_000, 40_000, 80_000, 40_000],
    ['2026-01-26', 'receipt', 0, 10_000, 70_000, 10_000],
  ];
  expect(await linesFor(heir)).toEqual(own);
  const { body } = await ask(heir);
  expect(JSON.stringify(body)).not.toMatch(/late fee|2026-01-(05|06|20|21)/);
  const csv = await ask(heir, '?format=csv');
  expect(csv.status).toBe(200);
  expect(String(csv.body)).not.toMatch(/late fee|2026-01-(05|06|20|21)/);

  // What is taken back of who had it before is nothing that he pays for, nor anything to tell him.
  const [payment] = await world.deps.db
    .select({ id: attempts.id })
    .from(attempts)
    .where(and(eq(attempts.leaseId, lease.id), eq(attempts.amount, 15_500)));
  const [attemptId, leaseId] = [payment?.id ?? '', lease.id];
  const byAnAdmin = (work: (context: Context) => Promise<unknown>) =>
    lease.at('2026-01-27T06:00:00Z', (context) => work({ ...context, actor: { role: 'admin', id: randomUUID() } }));
  const takesBack = (part: object) => (context: Context) =>
    reversePayment(context, { leaseId, attemptId, reason: 'charge-back', ...part });
  await byAnAdmin(takesBack({ amount: 5_000, reversalId: randomUUID() }));
  expect(await linesFor(heir)).toEqual(own);
  await byAnAdmin(takesBack({}));
  expect(await linesFor(heir)).toEqual(own);
  await byAnAdmin((context) => bookAgain(context, { leaseId, attemptId, reason: 'it is there' }));
  expect(await linesFor(heir)).toEqual(own);
});

it('neither the timeline nor what he is given of his data tells him what became of that, nor who it was', async () => {
  const entries = async (person: Person) =>
    JSON.stringify((await world.call('GET', `/v1/leases/${lease.id}/timeline`, { token: person.token })).body);
  const [own, all] = [await entries(heir), await entries(await world.staff('agent'))];
  const { status, body } = await world.call('GET', '/v1/me/export', { token: heir.token });
  expect(status).toBe(200);
  const exported = JSON.stringify(body);
  for (const what of ['charge-back', 'payment.claimed', '"from"', '15500'])
    expect([what, own.includes(what), all.includes(what)]).toEqual([what, false, true]);
  expect([own.includes('10000'), exported.includes('charge-back'), exported.includes('15500')]).toEqual([
    true,
    false,
    false,
  ]);
});

it('is whole for staff', async () => {
  const kinds = (await linesFor(await world.staff('agent'))).map(([, kind]) => kind);
  expect(kinds.slice(0, 5)).toEqual(['receipt', 'handover', 'late_fee', 'receipt', 'receipt']);
});
