import { connectDatabase } from '#db/client';
import { system } from '#domain/identity/roles';
import { loadStoresConfig } from '#platform/config';
import { transact } from '#use-cases/context';
import { replayEvents } from '#use-cases/events/replay-events';

/** `npm run hear-again -- relay 1200`: a reader of the events hears again what comes after that position. */
const [reader, after] = process.argv.slice(2);
const position = Number(after);
if (reader === undefined || !Number.isSafeInteger(position) || position < 0) {
  process.stderr.write('usage: npm run hear-again -- <reader> <position>\n');
  process.exit(2);
}
const database = connectDatabase(loadStoresConfig().DATABASE_URL, { pool: 1, name: 'hear-again' });
try {
  await transact(database.db, system('hear-again'), new Date(), (context) => replayEvents(context, reader, position));
  process.stdout.write(`${reader} goes on after ${position}\n`);
} catch (error) {
  process.stderr.write(`hear-again: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await database.close();
}
