import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { immobilisations, leases, notifications, pins, ussdSessions } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { cast, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

/** Steps of a session that a gateway sends again: at once, or after the process has died before it kept the screen. */
let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform({ USSD_PATIENCE_MS: '6000' });
});
afterAll(() => platform.close());

async function step(phoneNumber: string, sessionId: string, text: string): Promise<string> {
  const body = new URLSearchParams({ sessionId, phoneNumber, serviceCode: '*384*7368#', text });
  const url = `${platform.url}/v1/callbacks/ussd/the-secret-of-callbacks`;
  return (await fetch(url, { method: 'POST', body })).text();
}

/** Chooses one after the other, but for the last. @returns what is typed with it */
async function upTo(phone: string, sessionId: string, labels: readonly string[]): Promise<string> {
  const typed: string[] = [];
  let screen = await step(phone, sessionId, '');
  for (const label of labels) {
    for (let page = 0; page < 6; page += 1) {
      const number = new RegExp(`^(\\d+) .*${label}`, 'm').exec(screen)?.[1];
      typed.push(number ?? '98');
      if (number !== undefined && label === labels.at(-1)) return typed.join('*');
      screen = await step(phone, sessionId, typed.join('*'));
      if (number !== undefined) break;
    }
  }
  throw new Error(`no such choice: ${screen}`);
}

it('a code for a forgotten PIN that is asked for twice at once is sent once', async () => {
  const { db } = platform.database;
  const { id, phone } = await newCustomer(platform, { verified: false });
  await db.insert(pins).values({ userId: id, hash: 'x', setAt: new Date() });
  const sessionId = randomUUID();
  const text = await upTo(phone, sessionId, ['PIN', 'Forgotten']);
  const both = await Promise.all([1, 2].map(() => step(phone, sessionId, text)));
  expect(both[1]).toBe(both[0]);
  const isHis = and(eq(notifications.userId, id), eq(notifications.template, 'pin_code'));
  expect(await db.$count(notifications, isHis)).toBe(1);
});

it('a restart whose process died before it kept the screen says again that the vehicle starts', async () => {
  const { db } = platform.database;
  const customer = await newCustomer(platform);
  const { id: leaseId, vehicleId } = await leaseIn('active', customer, await cast(platform));
  await db.update(leases).set({ status: 'immobilised' }).where(eq(leases.id, leaseId));
  const episode = { id: randomUUID(), vehicleId, leaseId, cause: 'arrears', state: 'waiting' } as const;
  await db.insert(immobilisations).values({ ...episode, orderedBy: system('test'), createdAt: new Date() });
  const sessionId = randomUUID();
  const text = await upTo(customer.phone, sessionId, ['Start the vehicle', 'Yes']);
  const [before] = await db.select().from(ussdSessions).where(eq(ussdSessions.id, sessionId));
  const first = await step(customer.phone, sessionId, text);
  if (before === undefined) throw new Error('no session');
  await db.update(ussdSessions).set(before).where(eq(ussdSessions.id, sessionId));
  expect(await step(customer.phone, sessionId, text)).toBe(first);
});
