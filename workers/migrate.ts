import { Connection } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { loadConfig, loadStoresConfig, ConfigurationError, type StoresConfig } from '#platform/config';
import { EXIT_CONFIGURATION } from '#platform/lifecycle';
import { createLogger } from '#platform/log';
import { connectionOptions } from '#platform/temporal/connection';
import { registerSearchAttributes } from '#platform/temporal/register-search-attributes';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { prepareDatabase } from './prepare-database.ts';
import { errorCode } from '#platform/error-code';

/** Days that Temporal keeps a closed workflow: long enough to look into last month's leases. */
const RETENTION_DAYS = 60;
/** gRPC: the namespace is there already. */
const ALREADY_EXISTS = 6;

/**
 * The job that runs before a new version: the database, then Temporal's namespace and search attributes.
 * What is there already is left alone, so that it may run any number of times.
 */
async function prepare(config: StoresConfig): Promise<void> {
  const log = createLogger('migrate', config.LOG_LEVEL);
  log.info(await prepareDatabase(config), 'the database is up to date');

  const connection = await Connection.connect(connectionOptions(config));
  try {
    await prepareNamespace(connection, config.TEMPORAL_NAMESPACE);
    const attributes = Object.values(searchAttributes);
    const added = await registerSearchAttributes(connection, config.TEMPORAL_NAMESPACE, attributes);
    log.info({ namespace: config.TEMPORAL_NAMESPACE, added }, 'the namespace is ready');
  } finally {
    await connection.close();
  }
}

async function prepareNamespace({ workflowService }: Connection, namespace: string): Promise<void> {
  try {
    const { RegisterNamespaceRequest } = protocol.temporal.api.workflowservice.v1;
    const retention = { seconds: RETENTION_DAYS * 86_400 };
    await workflowService.registerNamespace(
      RegisterNamespaceRequest.fromObject({ namespace, workflowExecutionRetentionPeriod: retention }),
    );
  } catch (error) {
    if (errorCode(error) !== ALREADY_EXISTS) throw error;
  }
}

try {
  const config = loadStoresConfig();
  // In production all of it has to be right before anything changes; elsewhere the address of a database is enough.
  await prepare(config.NODE_ENV === 'production' ? loadConfig() : config);
} catch (error) {
  process.stderr.write(`migrate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1;
}
