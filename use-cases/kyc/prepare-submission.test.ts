import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documents, leases, vehicles } from '#db/schema/index';
import { kycNotice } from '#domain/kyc/notice';
import { createEncryption } from '#platform/encryption';
import { testConfig } from '#test/config';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { prepareSubmission } from './prepare-submission.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

it('asks for what the vehicle needs that somebody has applied for, without his naming its type', async () => {
  const { db } = database;
  const config = testConfig();
  const lease = await bookLease(database, config);
  const { customerId: userId } = lease;
  const file = { userId, mediaType: 'image/jpeg', size: 1, contentEncrypted: new Uint8Array([1]), keyId: 'k1' };
  const kinds = (['idFront', 'idBack', 'selfie'] as const).map((kind) => ({ id: uuidv7(), kind, sha256: kind }));
  await db.insert(documents).values(kinds.map((kind) => ({ ...file, ...kind })));
  const request = {
    documentType: 'nationalId',
    documentNumber: 'CM12345678901A',
    country: 'UG',
    noticeVersion: kycNotice.noticeVersion,
    documentIds: kinds.map(({ id }) => id),
  } as const;
  const reading = { db, encryption: createEncryption(config.ENCRYPTION_KEYS) };
  const handsIn = () => prepareSubmission(reading, { userId, at: new Date('2026-01-06T08:00:00Z'), request });
  expect(await handsIn()).toMatchObject({ market: 'UG' });
  const { vehicleId } = await lease.row();
  await db.update(vehicles).set({ type: 'truck' }).where(eq(vehicles.id, vehicleId));
  await expect(handsIn()).rejects.toMatchObject({
    code: 'unprocessable',
    errors: [{ path: 'documents', message: expect.stringContaining('drivingLicence, proofOfAddress') }],
  });
  // Of one that is over nothing is asked.
  await db.update(leases).set({ status: 'withdrawn' }).where(eq(leases.id, lease.id));
  expect(await handsIn()).toMatchObject({ market: 'UG' });
});
