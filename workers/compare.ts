import { parseArgs } from 'node:util';
import { connectDatabase } from '#db/client';
import { loadConfig } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { compareLeases } from '#use-cases/upkeep/compare-leases';

/**
 * `npm run compare [-- --mend]`: the leases in Postgres and their workflows in Temporal, both ways, a line for each difference.
 * Ends with 1 where one is left to a person, or was not mended.
 */
const { values } = parseArgs({ options: { mend: { type: 'boolean', default: false } } });
const config = loadConfig();
const database = connectDatabase(config.DATABASE_URL, { pool: 4, name: 'compare', travels: config.EMBEDDED });
const temporal = await connectTemporal(config);
try {
  const { leases, workflows, found } = await compareLeases({ db: database.db, temporal, config }, values.mend);
  for (const { leaseId, difference, mended } of found)
    process.stdout.write(`${leaseId} ${difference}${mended === null ? '' : `: ${mended}`}\n`);
  process.stdout.write(`${leases} leases go on, ${workflows} workflows run, ${found.length} differ\n`);
  process.exitCode = found.some(({ mended }) => mended === null) ? 1 : 0;
} finally {
  await temporal.connection.close();
  await database.close();
}
