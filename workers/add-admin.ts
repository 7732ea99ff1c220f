import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { transact } from '#use-cases/context';
import { createStaff } from '#use-cases/identity/create-staff';
import { connectDatabase } from '#db/client';
import { system } from '#domain/identity/roles';
import { loadStoresConfig } from '#platform/config';

/**
 * `npm run add-admin -- EMAIL NAME <password`: the first administrator of a platform that knows nobody yet; the others are
 * made over the API. The password, at least 10 characters, is read from standard input.
 */
const [email, name] = z.tuple([z.email(), z.string().min(1).max(200)]).parse(process.argv.slice(2));
const password = z.string().min(10).max(200).parse(readFileSync(0, 'utf8').trimEnd());
const database = connectDatabase(loadStoresConfig().DATABASE_URL, { pool: 1, name: 'add-admin' });
try {
  await transact(database.db, system('add-admin'), new Date(), (context) =>
    createStaff(context, { email, name, role: 'admin', password }),
  );
} catch (error) {
  process.stderr.write(`add-admin: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await database.close();
}
