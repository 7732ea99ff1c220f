import { readFileSync } from 'node:fs';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { Config, StoresConfig } from '../config.ts';
import { createEncryption } from '../encryption.ts';
import { closedMeanwhile } from './closed-meanwhile.ts';
import { createPayloadCodec } from './codec.ts';
import { traceCalls } from './trace-calls.ts';

/** Address, TLS and API key of the server, for clients and workers alike. */
export function connectionOptions(config: StoresConfig) {
  const { TEMPORAL_TLS_CA: ca, TEMPORAL_TLS_CERT: cert, TEMPORAL_TLS_KEY: key, TEMPORAL_API_KEY: apiKey } = config;
  const certificate =
    cert === undefined || key === undefined
      ? {}
      : { clientCertPair: { crt: readFileSync(cert), key: readFileSync(key) } };
  const root = ca === undefined ? {} : { serverRootCACertificate: readFileSync(ca) };
  const secured = ca !== undefined || cert !== undefined || apiKey !== undefined;
  return {
    address: config.TEMPORAL_ADDRESS,
    ...(secured ? { tls: { ...root, ...certificate } } : {}),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/**
 * Encrypts all payloads, failures included: messages and stack traces move into the payload. Workers
 * take the converter's path as well, since workflows cannot be handed an object.
 */
export function dataConverter(config: Config): DataConverter {
  return {
    payloadCodecs: [createPayloadCodec(createEncryption(config.ENCRYPTION_KEYS))],
    failureConverterPath: new URL(import.meta.resolve('#platform/temporal/failure-converter')).pathname,
  };
}

/** Calls are tried again as the client does by itself, until their connection is closed. */
export const withRetries = { interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), closedMeanwhile] };

/** A client in the platform's namespace. The caller closes `client.connection`. */
export async function connectTemporal(config: Config): Promise<Client> {
  const connection = await Connection.connect({ ...connectionOptions(config), ...withRetries });
  return new Client({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: dataConverter(config),
    interceptors: { workflow: [traceCalls] },
  });
}
