import { afterAll, beforeAll, expect, it } from 'vitest';
import { daysBetween, localDate } from '#domain/calendar';
import { fastForward } from '#platform/temporal/fast-forward';
import { cast, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

const DAYS = 40;

it('each day is collected on its day, however often whoever moves the clock loses patience', async () => {
  const staff = await cast(platform);
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff, { frequency: 'daily', terms: { instalments: DAYS } });
  // Ever more patience, so that a machine that is busy gets there too.
  for (let n = 0, outcome = ''; outcome !== 'ended'; n += 1)
    ({ outcome } = await fastForward(platform.temporal, `lease-${id}`, 366 * 86_400_000, 20 + 10 * n));
  const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id, limit: 200 } });
  const days = data
    .filter(({ kind }) => kind === 'instalment')
    .map(({ requestedAt }) => localDate(requestedAt.slice(0, 10)));
  expect(days).toHaveLength(DAYS);
  expect(daysBetween(days.at(-1) ?? localDate('1970-01-01'), days.at(0) ?? localDate('1970-01-01'))).toBe(DAYS - 1);
});
