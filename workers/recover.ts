import { parseArgs } from 'node:util';
import { connectDatabase } from '#db/client';
import { loadConfig } from '#platform/config';
import { createEncryption } from '#platform/encryption';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { recoverCharges } from '#use-cases/payments/reconciliation/recover-charges';

/**
 * `npm run recover -- --since 2026-11-29T08:00:00Z`: after the books were restored to that moment and before workers run,
 * writes down again what providers have charged and given back since. Ends with 1 where it is not plain whose something is.
 */
const { values } = parseArgs({ options: { since: { type: 'string' } } });
const since = new Date(values.since ?? '');
if (Number.isNaN(since.getTime())) {
  process.stderr.write('usage: npm run recover -- --since <moment to which the books were restored, ISO 8601>\n');
  process.exit(2);
}
const config = loadConfig();
const database = connectDatabase(config.DATABASE_URL, { pool: 2, name: 'recover', travels: config.EMBEDDED });
try {
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const deps = { db: database.db, encryption, mobileMoney: createMobileMoney(config) };
  const { stated, recovered, left } = await recoverCharges(deps, since, new Date());
  for (const receipt of left)
    process.stdout.write(`${receipt} is nobody's: it is a case, or reconciliation makes it one\n`);
  process.stdout.write(`${stated} charges and refunds on the statements, ${recovered} of them written down again\n`);
  process.exitCode = left.length === 0 ? 0 : 1;
} finally {
  await database.close();
}
