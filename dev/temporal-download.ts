/**
 * Downloads Temporal's official command into the directory of the first argument, by way of what
 * @temporalio/testing does for its own tests. A process of its own, since only that can be ended when the
 * network swallows everything. Prints the path of the command.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';

const directory = process.argv[2];
if (directory === undefined) throw new Error('the first argument must be a directory');
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir: directory, version: 'latest' } },
});
await environment.teardown();
const file = readdirSync(directory).find((name) => !name.endsWith('.downloading'));
if (file !== undefined) process.stdout.write(join(directory, file));
process.exit(0);
