import { createServer } from 'node:net';
import { request } from 'undici';
import type { TelemetryOptions } from '@temporalio/worker';
import { listen } from '#platform/listen';

/** What Temporal's SDK measures, in seconds and with the suffixes of Prometheus: it serves that itself, on a loopback port. */
export async function temporalFigures(): Promise<{
  readonly options: NonNullable<TelemetryOptions['metrics']>;
  read(): Promise<string>;
}> {
  const address = `127.0.0.1:${await freePort()}`;
  return {
    options: {
      prometheus: { bindAddress: address, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
    },
    read: async () => (await request(`http://${address}/metrics`)).body.text(),
  };
}

/** The SDK does not say which port it was given, so that one is chosen for it. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, 0, '127.0.0.1');
  await new Promise((resolve) => server.close(resolve));
  return port;
}
