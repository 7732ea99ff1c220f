import { afterAll, beforeAll, expect, it } from 'vitest';
import { addBusinessDays, addDays, isBusinessDay, localDateAt } from '#domain/calendar';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const HOUR = 3_600_000;

it('a deadline counts with what is entered, before it began and while it is open', async () => {
  // The next two business days become holidays, the second one only when the deadline is counted already.
  const days: string[] = [];
  for (let day = addDays(localDateAt(Date.now(), 'UG'), 1); days.length < 2; day = addDays(day, 1))
    if (isBusinessDay(day, 'UG')) days.push(day);
  const enter = (date = '') => staff.admin.post('/v1/holidays', { body: { market: 'UG', date, name: 'Eid' } });
  await enter(days[0]);
  const { id, asOf } = await leaseIn('awaiting_handover', await newCustomer(platform), staff);
  await enter(days[1]);
  const cases = async () =>
    (await staff.agent.get('/v1/cases', { query: { leaseId: id } })).data.map(({ kind }) => kind);
  const hoursTo = (businessDays: number) =>
    Math.round((addBusinessDays(Date.parse(asOf), businessDays, 'UG') - Date.parse(asOf)) / HOUR);
  await hoursLater(platform, id, hoursTo(5) - 1);
  expect(await cases()).toEqual([]);
  await hoursLater(platform, id, 2);
  expect(await cases()).toEqual(['handover_overdue']);
});
