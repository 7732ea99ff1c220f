import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { compactVerify, createLocalJWKSet } from 'jose';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dossiers, leases, positions } from '#db/schema/index';
import { z } from 'zod';
import { createApiWorld, type ApiWorld, type Person } from '#test/api-world';
import { bookLease } from '#test/lease-books';
import { reportTheft } from '#use-cases/leases/report-theft';
import { theftDossier } from './dossier.ts';
import { verification } from './verify.ts';

let world: ApiWorld;
let customer: Person;
let agent: Person;
let lease: Awaited<ReturnType<typeof bookLease>>;
const DAY = 24 * 3_600_000;
/** The theft was yesterday. */
const stolenAt = Date.now() - DAY;

beforeAll(async () => {
  world = await createApiWorld();
  [customer, agent] = [await world.customer(), await world.staff('agent')];
  lease = await bookLease(world.database, world.deps.config, { customerId: customer.user.id });
  await lease.pays('2026-01-05T09:00:00Z', 20_000);
  await lease.handOver('2026-01-06T09:00:00Z');
  await seen(-3 * DAY, 0.1);
  await seen(-DAY, 0.2);
  await seen(2 * 3_600_000, 0.3);
});
afterAll(() => world.close());

/** A fix so long after the theft, or before it. */
async function seen(sinceMs: number, lat: number): Promise<void> {
  const ts = new Date(stolenAt + sinceMs);
  const { vehicleId } = await lease.row();
  await world.database.db
    .insert(positions)
    .values({ trackerId: uuidv7(), ts, sequence: '1', vehicleId, lat, lon: 32.5, receivedAt: ts });
}

const dossierBy = (person: Person, format: 'json' | 'pdf' = 'json') =>
  fetch(`${world.url}/v1/leases/${lease.id}/theft-dossier?format=${format}`, {
    headers: { authorization: `Bearer ${person.token}`, 'x-reason': 'asked for by the police' },
  });
async function verify(code: string) {
  const { status, body } = await world.call('GET', `/v1/verify/${code}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return verification.parse(body);
}
const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('the dossier of a theft', () => {
  it('is there for staff, once a theft was reported', async () => {
    expect((await dossierBy(agent)).status).toBe(404);
    const report = { leaseId: lease.id, policeReference: 'SD 12/28/11', stolenAt: new Date(stolenAt).toISOString() };
    await lease.at(new Date().toISOString(), (context) => reportTheft(context, report));
    expect((await dossierBy(customer)).status).toBe(403);
  });

  it('tells where the vehicle was and whose it is, signed by the house, and is on record', async () => {
    const response = await dossierBy(agent);
    expect(response.status).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    const { dossier, signature } = theftDossier.parse(JSON.parse(bytes.toString()));
    expect(dossier.theft).toMatchObject({ policeReference: 'SD 12/28/11', recoveredAt: null });
    expect(dossier.positions.map(({ lat }) => lat)).toEqual([0.2, 0.3]);
    expect(dossier.holder).toMatchObject({ name: customer.user.name, phone: expect.stringMatching(/^\+256/) });
    const keys = createLocalJWKSet(world.deps.tokens.publicKeys());
    const { payload, protectedHeader } = await compactVerify(signature, keys);
    expect(protectedHeader.typ).toBe('theft-dossier+jws');
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(dossier);

    const code = response.headers.get('x-document-code') ?? '';
    const shown = await verify(code.toLowerCase());
    expect(shown).toMatchObject({
      document: 'theft_dossier',
      format: 'json',
      unaltered: true,
      sha256: sha256Of(bytes),
    });
    expect(JSON.stringify(shown)).not.toContain(customer.user.name);

    const { body } = await world.call('GET', `/v1/leases/${lease.id}/timeline`, { token: customer.token });
    expect(JSON.stringify(body)).toContain('"type":"theft.dossier_issued"');
    expect(JSON.stringify(body)).toContain('asked for by the police');
    const looks = await world.call('GET', '/v1/me/location-views', { token: customer.token });
    expect(JSON.stringify(looks.body)).toContain('"what":"theft_dossier"');
  });

  it('comes as PDF, and one whose row was changed verifies no more', async () => {
    const response = await dossierBy(agent, 'pdf');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    const code = response.headers.get('x-document-code') ?? '';
    expect(await verify(code)).toMatchObject({ format: 'pdf', unaltered: true, sha256: sha256Of(bytes) });
    await world.database.db
      .update(dossiers)
      .set({ sha256: '0'.repeat(64) })
      .where(eq(dossiers.code, code));
    expect(await verify(code)).toMatchObject({ document: 'theft_dossier', unaltered: false, sha256: null });
  });

  it('is verified at the same place as a statement', async () => {
    const statement = await fetch(`${world.url}/v1/leases/${lease.id}/statement?format=csv`, {
      headers: { authorization: `Bearer ${customer.token}` },
    });
    const code = statement.headers.get('x-statement-code') ?? '';
    const sha256 = sha256Of(Buffer.from(await statement.arrayBuffer()));
    expect(await verify(code)).toMatchObject({ document: 'statement', unaltered: true, sha256 });
    for (const unknown of ['nonsense', '0'.repeat(20)])
      expect((await world.call('GET', `/v1/verify/${unknown}`)).status).toBe(404);
  });

  it('has where the vehicle was last, however much it said before', async () => {
    const { vehicleId } = await lease.row();
    await world.database.sql`
      insert into telematics.positions (tracker_id, ts, sequence, vehicle_id, lat, lon, received_at)
      select ${uuidv7()}::uuid, at, 'drove', ${vehicleId}::uuid, 0.15, 32.5, at
      from generate_series(${new Date(stolenAt - 1.5 * DAY).toISOString()}::timestamptz, ${new Date(stolenAt).toISOString()}, '20 seconds') at`;
    const { dossier } = theftDossier.parse(await (await dossierBy(agent)).json());
    expect(dossier.positions).toHaveLength(5_000);
    expect(dossier.positions.at(-1)).toMatchObject({ lat: 0.3 });
    expect(dossier.morePositions).toBe(true);
  });

  it('has nothing of before its holder had the vehicle', async () => {
    const transferredAt = new Date(stolenAt - 3_600_000);
    await world.database.db.update(leases).set({ transferredAt }).where(eq(leases.id, lease.id));
    const { dossier } = theftDossier.parse(await (await dossierBy(agent)).json());
    const first = z.object({ ts: z.string() }).parse(dossier.positions[0]);
    expect(Date.parse(first.ts)).toBeGreaterThanOrEqual(transferredAt.getTime());
    expect(dossier.morePositions).toBe(false);
  });
});
