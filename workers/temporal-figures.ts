import { createServer } from 'node:net';
import { request } from 'undici';
import type { TelemetryOptions } from '@temporalio/worker';

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
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no port is free'));
      });
    });
  });
}
