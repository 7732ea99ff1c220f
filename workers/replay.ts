import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { connectDatabase } from '#db/client';
import { system } from '#domain/identity/roles';
import { loadConfig } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { transact } from '#use-cases/context';
import { replayEvents } from '#use-cases/events/replay-events';
import {
  historiesOfFiles,
  historiesOfServer,
  keeping,
  replayHistories,
  type NamedHistory,
} from './replay-histories.ts';

/**
 * `npm run replay -- --from temporal|<file or directory>`: today's code with the histories of workflows that run. Ends
 * with 1 where it cannot go on with one. `npm run hear-again -- relay 1200`: a reader of the events hears again what comes
 * after that position.
 */
const USAGE = [
  'usage: npm run replay -- --from temporal [--each 20] [--query <visibility query>] [--save <directory>]',
  '       npm run replay -- --from <history.json, or a directory of them>',
  '       npm run hear-again -- <reader> <position>',
].join('\n');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string' },
    each: { type: 'string', default: '20' },
    query: { type: 'string' },
    save: { type: 'string' },
  },
});
const [name, after] = positionals;
const [position, each] = [Number(after), Number(values.each)];
const isEvents = values.from === undefined && name !== undefined && Number.isSafeInteger(position) && position >= 0;
if (!isEvents && (values.from === undefined || name !== undefined || !(each > 0))) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
try {
  if (values.from !== undefined) await tryCode(values.from);
  else if (name !== undefined) await hearAgain(name);
} catch (error) {
  process.stderr.write(`replay: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function hearAgain(reader: string): Promise<void> {
  const database = connectDatabase(loadConfig().DATABASE_URL, { pool: 1, name: 'replay' });
  try {
    await transact(database.db, system('replay'), new Date(), (context) => replayEvents(context, reader, position));
    process.stdout.write(`${reader} goes on after ${position}\n`);
  } finally {
    await database.close();
  }
}

async function tryCode(from: string): Promise<void> {
  // What fails is said below, by name.
  Runtime.install({ logger: new DefaultLogger('ERROR', () => {}) });
  const config = loadConfig();
  const temporal = from === 'temporal' ? await connectTemporal(config) : null;
  try {
    const found: AsyncIterable<NamedHistory> =
      temporal === null ? historiesOfFiles(from) : historiesOfServer(temporal, config, { each, query: values.query });
    const histories = values.save === undefined ? found : keeping(values.save, found);
    let [all, failed] = [0, 0];
    for await (const { workflowId, failure } of replayHistories(config, histories)) {
      all += 1;
      if (failure === null) continue;
      failed += 1;
      process.stdout.write(`${workflowId}: ${failure}\n`);
    }
    process.stdout.write(`${all} histories, ${failed} of which this code cannot go on with\n`);
    process.exitCode = failed > 0 || all === 0 ? 1 : 0;
  } finally {
    await temporal?.connection.close();
  }
}
