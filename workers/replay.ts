import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { loadConfig } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import {
  historiesOfFiles,
  historiesOfServer,
  keeping,
  replayHistories,
  type NamedHistory,
} from './replay-histories.ts';

/**
 * `npm run replay -- --from temporal|<file or directory>`: today's code with the histories of workflows that run. Ends
 * with 1 where it cannot go on with one.
 */
const USAGE = [
  'usage: npm run replay -- --from temporal [--each 20] [--query <visibility query>] [--save <directory>]',
  '       npm run replay -- --from <history.json, or a directory of them>',
].join('\n');

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    each: { type: 'string', default: '20' },
    query: { type: 'string' },
    save: { type: 'string' },
  },
});
const each = Number(values.each);
if (values.from === undefined || !(each > 0)) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
try {
  await tryCode(values.from);
} catch (error) {
  process.stderr.write(`replay: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
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
