import { parseArgs } from 'node:util';
import { loadConfig } from '#platform/config';
import { connectTemporal } from '#platform/temporal/connection';
import { WorkerVersions } from './worker-versions.ts';

/** `npm run versions`: which versions of the workers there are and what becomes of them, and who gets the work. */
const USAGE = [
  'usage: npm run versions -- list',
  '       npm run versions -- ramp <build> <percent, 0 to take it away again>',
  '       npm run versions -- current <build>',
].join('\n');

const [verb, build, percent] = parseArgs({ allowPositionals: true }).positionals;
const share = Number(percent);
const order = {
  list: verb === 'list' && build === undefined,
  ramp: verb === 'ramp' && build !== undefined && percent !== undefined && share >= 0 && share <= 100,
  current: verb === 'current' && build !== undefined && percent === undefined,
};
const config = loadConfig();
if (!Object.values(order).includes(true) || config.WORKER_DEPLOYMENT === undefined) {
  process.stderr.write(`${USAGE}\nWORKER_DEPLOYMENT has to be set.\n`);
  process.exit(2);
}
const temporal = await connectTemporal(config);
const versions = new WorkerVersions(temporal, config.WORKER_DEPLOYMENT);
try {
  if (order.ramp) await versions.ramp(build ?? '', share);
  if (order.current) await versions.makeCurrent(build ?? '');
  for (const { build: name, state, share: part } of await versions.list())
    process.stdout.write(`${name}  ${state}${part === null ? '' : ` ${part} %`}\n`);
} catch (error) {
  process.stderr.write(`versions: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await temporal.connection.close();
}
