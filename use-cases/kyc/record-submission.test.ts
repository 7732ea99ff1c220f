import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { system } from '#domain/identity/roles';
import { testConfig } from '#test/config';
import { createTestDatabase } from '#test/database';
import { bookLease } from '#test/lease-books';
import { transact } from '../context.ts';
import { recordSubmission } from './record-submission.ts';

it('suspects a number that another customer has handed in, but where it is tried out', async () => {
  const database = await createTestDatabase();
  const handsIn = async (SHARED_DOCUMENTS: 'review' | 'trusted') => {
    const { customerId: userId } = await bookLease(database, testConfig());
    const order = {
      submissionId: uuidv7(),
      userId,
      documentType: 'nationalId',
      documentNumberEncrypted: 'x',
      documentNumberHash: 'x',
      country: 'UG',
      documentIds: [],
      noticeVersion: '1',
      consentedAt: new Date().toISOString(),
      documentExpiresOn: null,
    } as const;
    const { suspicions } = await transact(database.db, system('kyc'), new Date(), (context) =>
      recordSubmission(context, order, { SHARED_DOCUMENTS }),
    );
    return suspicions;
  };
  expect(await handsIn('review')).toEqual([]);
  expect(await handsIn('review')).toEqual(['document_of_another_customer']);
  expect(await handsIn('trusted')).toEqual([]);
  await database.close();
});
