import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { audit } from '#db/schema/index';
import { addDays, isBusinessDay, localDate, localDateAt } from '#domain/calendar';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';

let world: ApiWorld;
let admin: Person;
let agent: Person;
beforeAll(async () => {
  world = await createApiWorld();
  [admin, agent] = [await world.staff('admin'), await world.staff('agent')];
});
afterAll(() => world.close());

const shape = z.object({
  data: z.array(
    z.object({ id: z.string().nullable(), market: z.string(), date: z.string(), name: z.string(), source: z.string() }),
  ),
});
async function holidays(market: string, year: number | string) {
  const { status, body } = await world.call('GET', `/v1/holidays?market=${market}&year=${year}`, {
    token: agent.token,
  });
  expect(status).toBe(200);
  return shape.parse(body).data;
}
const enter = (body: unknown, { token } = admin) => world.call('POST', '/v1/holidays', { token, body });
const today = localDateAt(Date.now(), 'KE');
const businessDay = (from: number) => {
  let day = addDays(today, from);
  while (!isBusinessDay(day, 'KE')) day = addDays(day, 1);
  return day;
};

it('those of the law are shown with their source, those taken on another day too', async () => {
  const kenya = await holidays('KE', 2027);
  expect(kenya).toContainEqual({
    id: null,
    market: 'KE',
    date: '2027-10-11',
    name: 'Mazingira Day (taken on this day)',
    source: expect.stringContaining('Public Holidays Act (Cap. 110)'),
  });
  expect(kenya.map(({ date }) => date)).toEqual(kenya.map(({ date }) => date).toSorted());
  expect((await holidays('RW', 2026)).map(({ date }) => date)).toEqual(
    expect.arrayContaining(['2026-04-03', '2026-07-06', '2026-08-07', '2026-12-28']),
  );
});

it('an admin enters one and withdraws it, once each, on record', async () => {
  const date = businessDay(30);
  const { status, body } = await enter({ market: 'KE', date, name: 'Idd-ul-Fitr' });
  const { id } = z.object({ id: z.string() }).parse(body);
  expect([status, body]).toEqual([201, { id, market: 'KE', date, name: 'Idd-ul-Fitr', source: 'entered' }]);
  expect(await holidays('KE', date.slice(0, 4))).toContainEqual(body);
  expect(await enter({ market: 'KE', date, name: 'Again' })).toMatchObject({
    status: 409,
    body: { errors: [{ path: 'date' }] },
  });
  const withdraw = () => world.call('DELETE', `/v1/holidays/${id}`, { token: admin.token });
  expect((await withdraw()).status).toBe(204);
  expect((await withdraw()).status).toBe(404);
  expect(await holidays('KE', date.slice(0, 4))).not.toContainEqual(body);
  const entries = await world.database.db.select().from(audit).where(eq(audit.subject, id));
  expect(entries.map(({ type, actor }) => [type, actor.id]).sort()).toEqual([
    ['holiday.entered', admin.user.id],
    ['holiday.withdrawn', admin.user.id],
  ]);
});

it.each([
  ['a day that is over', () => addDays(today, -7), 422],
  ['a day too far ahead', () => businessDay(800), 422],
  ['a holiday of the law', () => `${Number(today.slice(0, 4)) + 1}-06-01`, 422],
  ['a day that is none', () => '2027-02-30', 400],
])('%s is refused', async (_, date, status) => {
  expect(await enter({ market: 'KE', date: date(), name: 'Eid' })).toMatchObject({
    status,
    body: { errors: [{ path: 'date' }] },
  });
});

it('a weekend is refused, and whoever is no admin', async () => {
  let saturday = addDays(today, 1);
  while (new Date(`${saturday}T12:00:00Z`).getUTCDay() !== 6) saturday = addDays(saturday, 1);
  expect((await enter({ market: 'KE', date: saturday, name: 'Eid' })).status).toBe(422);
  const body = { market: 'KE', date: businessDay(40), name: 'Eid' };
  expect((await enter(body, agent)).status).toBe(403);
  expect((await enter(body, await world.customer())).status).toBe(403);
  expect(localDate(body.date)).toBe(body.date);
});
