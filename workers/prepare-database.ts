import { canonicalPhones, type Rewritten } from '#use-cases/upkeep/canonical-phones';
import { connectDatabase } from '#db/client';
import { migrate } from '#db/migrate';
import type { StoresConfig } from '#platform/config';
import { createEncryption } from '#platform/encryption';

/**
 * What a new version needs of the database before it runs: the schema, and what only our keys can rewrite, which is left as
 * it is where there are none.
 */
export async function prepareDatabase(
  config: Pick<StoresConfig, 'DATABASE_URL' | 'ENCRYPTION_KEYS'>,
): Promise<{ readonly phones: Rewritten | null }> {
  await migrate(config.DATABASE_URL);
  if (config.ENCRYPTION_KEYS === undefined) return { phones: null };
  const database = connectDatabase(config.DATABASE_URL, { pool: 1, name: 'migrate' });
  try {
    return { phones: await canonicalPhones(database.db, createEncryption(config.ENCRYPTION_KEYS), new Date()) };
  } finally {
    await database.close();
  }
}
