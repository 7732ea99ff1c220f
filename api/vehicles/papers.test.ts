import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, cases, collateralSteps, leases, outbox, papers } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { insertLease } from '#test/telematics-world';
import { remindOfPapers } from '#use-cases/vehicles/remind-of-papers';

let world: ApiWorld;
let agent: Person;
beforeAll(async () => {
  world = await createApiWorld();
  agent = await world.staff('agent');
});
afterAll(() => world.close());

interface Paper {
  id: string;
  kind: string;
  validUntil: string | null;
}

/** A lease that waits for its deposit, with its vehicle. */
async function booked() {
  const lease = await bookLease(world.database, world.deps.config);
  return { ...lease, vehicleId: (await lease.row()).vehicleId };
}

/** A PDF of its own. */
let serial = 0;
const pdf = () => new Blob([`%PDF-1.7 ${(serial += 1)}`], { type: 'application/pdf' });

async function hands(vehicleId: string, said: Record<string, string>, { token = agent.token, file = pdf() } = {}) {
  const form = new FormData();
  form.set('file', file, 'paper.pdf');
  for (const [name, value] of Object.entries(said)) form.set(name, value);
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${world.url}/v1/vehicles/${vehicleId}/papers`, { method: 'POST', headers, body: form });
  return { status: answer.status, body: (await answer.json()) as Paper & { errors?: { path: string }[] } };
}
const list = async (path: string, token = agent.token) =>
  ((await world.call('GET', path, { token })).body as { data: Paper[] }).data;

describe('a paper of a vehicle', () => {
  it('is kept encrypted, and the same file again is the same paper', async () => {
    const { vehicleId } = await booked();
    const file = pdf();
    const said = { kind: 'insurance', number: 'P/2026/17', validFrom: '2026-01-01', validUntil: '2026-12-31' };
    const first = await hands(vehicleId, said, { file });
    expect(first.status, JSON.stringify(first.body)).toBe(201);
    expect(first.body).toMatchObject({ ...said, vehicleId, mediaType: 'application/pdf' });
    expect((await hands(vehicleId, said, { file })).body).toEqual(first.body);
    const other = await hands(vehicleId, { ...said, validUntil: '2027-12-31' }, { file });
    expect([other.status, other.body.errors?.[0]?.path]).toEqual([422, 'file']);
    const turned = await hands(vehicleId, { ...said, validUntil: '2025-12-31' });
    expect([turned.status, turned.body.errors?.[0]?.path]).toEqual([422, 'validUntil']);
    const text = await hands(vehicleId, said, { file: new Blob(['a letter'], { type: 'application/pdf' }) });
    expect(text.status).toBe(415);
    const [row] = await world.database.db.select().from(papers).where(eq(papers.id, first.body.id));
    expect(Buffer.from(row?.contentEncrypted ?? []).includes('%PDF')).toBe(false);
  });

  it('is read by staff, and by whoever has the vehicle where he must carry it; each look is on record', async () => {
    const { vehicleId } = await booked();
    const [driver, stranger] = [await world.customer(), await world.customer()];
    await insertLease(world.database.db, vehicleId, driver.user.id);
    const [insurance, invoice] = [
      await hands(vehicleId, { kind: 'insurance' }),
      await hands(vehicleId, { kind: 'purchase_invoice' }),
    ];
    const path = `/v1/vehicles/${vehicleId}/papers`;
    const look = async ({ body }: typeof insurance, { token }: Person) =>
      (await world.call('GET', `${path}/${body.id}/content`, { token })).status;
    expect((await list(path)).map(({ kind }) => kind)).toEqual(['purchase_invoice', 'insurance']);
    expect((await list(path, driver.token)).map(({ kind }) => kind)).toEqual(['insurance']);
    expect((await world.call('GET', path, { token: stranger.token })).status).toBe(404);
    expect([await look(insurance, agent), await look(insurance, driver), await look(insurance, stranger)]).toEqual([
      200, 200, 404,
    ]);
    expect([await look(invoice, agent), await look(invoice, driver)]).toEqual([200, 404]);
    const opened = await world.database.db
      .select({ actor: audit.actor })
      .from(audit)
      .where(and(eq(audit.subject, vehicleId), eq(audit.type, 'vehicle.paper.opened')));
    expect(opened.map(({ actor }) => actor.id).toSorted()).toEqual(
      [agent.user.id, agent.user.id, driver.user.id].toSorted(),
    );
    await world.call('DELETE', `${path}/${invoice.body.id}`, { token: agent.token });
    expect(await look(invoice, agent)).toBe(404);
  });

  it('is read until its title is the customer’s own, by who has paid for the vehicle', async () => {
    const { vehicleId } = await booked();
    const driver = await world.customer();
    const { db } = world.database;
    const leaseId = await insertLease(db, vehicleId, driver.user.id);
    await hands(vehicleId, { kind: 'insurance' });
    const looks = async () =>
      (await world.call('GET', `/v1/vehicles/${vehicleId}/papers`, { token: driver.token })).status;
    await db.update(leases).set({ status: 'completed' }).where(eq(leases.id, leaseId));
    expect(await looks()).toBe(404);
    const title = { leaseId, kind: 'title', status: 'open', dueOn: '2026-12-31' } as const;
    await db.insert(collateralSteps).values({ id: uuidv7(), cause: uuidv7(), openedAt: new Date(), ...title });
    expect(await looks()).toBe(200);
    await db
      .update(collateralSteps)
      .set({ status: 'done', doneOn: '2026-12-01' })
      .where(eq(collateralSteps.leaseId, leaseId));
    expect(await looks()).toBe(404);
  });

  it('is told of before it lapses, once for each notice, unless it is renewed', async () => {
    const { vehicleId } = await booked();
    const today = localDateAt(Date.now(), 'UG');
    const until = addDays(today, 20);
    const { body } = await hands(vehicleId, { kind: 'insurance', validUntil: until });
    const renewed = await hands(vehicleId, { kind: 'inspection_certificate', validUntil: until });
    await hands(vehicleId, { kind: 'inspection_certificate', validUntil: addDays(until, 365) });
    const dayBefore = (days: number) => new Date(Date.now() + (20 - days) * 86_400_000);
    const remind = (days: number) => remindOfPapers(world.database.db, dayBefore(days), () => {});
    await Promise.all([remind(20), remind(20)]);
    await remind(5);
    await remind(-3);
    await remind(-4);
    const told = await world.database.db
      .select({ data: outbox.data })
      .from(outbox)
      .where(and(eq(outbox.type, 'vehicle.paper.lapsing'), eq(outbox.subject, vehicleId)));
    const notice = { vehicleId, paperId: body.id, kind: 'insurance', validUntil: until };
    expect(told.map(({ data }) => data)).toEqual([30, 7, 0].map((days) => ({ ...notice, days })));

    // What is needed on the road somebody has to renew: one case, until that is handed in.
    const open = async () => {
      const isOpen = and(eq(cases.kind, 'paper_lapsing'), eq(cases.status, 'open'));
      const rows = await world.database.db.select({ detail: cases.detail }).from(cases).where(isOpen);
      return rows.map(({ detail }) => detail).filter((detail) => detail['vehicleId'] === vehicleId);
    };
    expect(await open()).toEqual([{ vehicleId, paperId: body.id, kind: 'insurance', validUntil: until }]);
    const lapsing = async (query: string) =>
      (await list(`/v1/vehicles/papers${query}`))
        .map(({ id }) => id)
        .filter((id) => [body.id, renewed.body.id].includes(id));
    expect(await lapsing('')).toEqual([body.id]);
    expect(await lapsing(`?lapsesBefore=${until}`)).toEqual([]);
    expect(await lapsing(`?lapsesBefore=${addDays(until, 1)}&kind=insurance&market=UG`)).toEqual([body.id]);
    await hands(vehicleId, { kind: 'insurance', validUntil: addDays(until, -1) });
    expect(await open()).toHaveLength(1);
    await hands(vehicleId, { kind: 'insurance', validUntil: addDays(until, 365) });
    expect(await open()).toEqual([]);
    expect(await lapsing('')).toEqual([]);
  });
});

it('a vehicle whose insurance has lapsed is not handed over before it is renewed', async () => {
  const lease = await booked();
  await lease.isCharged('2026-01-05T06:00:00Z', 20_000);
  const old = await hands(lease.vehicleId, { kind: 'insurance', validUntil: '2026-01-04' });
  const gone = await world.call('DELETE', `/v1/vehicles/${lease.vehicleId}/papers/${old.body.id}`, {
    token: agent.token,
  });
  expect(gone.status).toBe(403);
  await expect(lease.handOver('2026-01-05T07:00:00Z')).rejects.toMatchObject({ code: 'papers_lapsed' });
  await hands(lease.vehicleId, { kind: 'insurance', validFrom: '2026-01-05', validUntil: '2027-01-04' });
  await lease.handOver('2026-01-05T07:00:00Z');
  expect((await lease.row()).status).toBe('active');
});
