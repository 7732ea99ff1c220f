import { Connection } from '@temporalio/client';
import protocol, { type temporal } from '@temporalio/proto';
import { loadConfig, ConfigurationError, type Config } from '#platform/config';
import { EXIT_CONFIGURATION } from '#platform/lifecycle';
import { createLogger } from '#platform/log';
import { connectionOptions } from '#platform/temporal/connection';
import { searchAttributes, type SearchAttributeType } from '#platform/temporal/search-attributes';
import { prepareDatabase } from './prepare-database.ts';

/** Days that Temporal keeps a closed workflow: long enough to look into last month's leases. */
const RETENTION_DAYS = 60;
/** gRPC: the namespace is there already. */
const ALREADY_EXISTS = 6;

const { IndexedValueType } = protocol.temporal.api.enums.v1;
const indexedTypes: Readonly<Record<SearchAttributeType, temporal.api.enums.v1.IndexedValueType>> = {
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  Text: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  Int: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  Double: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  Bool: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
};

/**
 * The job that runs before a new version: the database, then Temporal's namespace and search attributes.
 * What is there already is left alone, so that it may run any number of times.
 */
async function prepare(config: Config): Promise<void> {
  const log = createLogger('migrate', config.LOG_LEVEL);
  log.info(await prepareDatabase(config), 'the database is up to date');

  const connection = await Connection.connect(connectionOptions(config));
  try {
    await prepareNamespace(connection, config.TEMPORAL_NAMESPACE);
    const added = await prepareSearchAttributes(connection, config.TEMPORAL_NAMESPACE);
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
    if (!(error instanceof Error && 'code' in error && error.code === ALREADY_EXISTS)) throw error;
  }
}

/** @returns the names that were not there yet. */
async function prepareSearchAttributes({ operatorService }: Connection, namespace: string): Promise<string[]> {
  const present = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes).filter(([name]) => present.customAttributes[name] === undefined);
  if (missing.length === 0) return [];
  const types = Object.fromEntries(missing.map(([name, type]) => [name, indexedTypes[type]]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes: types });
  return missing.map(([name]) => name);
}

try {
  await prepare(loadConfig());
} catch (error) {
  process.stderr.write(`migrate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1;
}
