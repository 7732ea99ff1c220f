import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { withRetries } from './connection.ts';

it('a call that waits for its next try as its connection is closed ends with it', async () => {
  let tries = 0;
  const server = createServer().on('stream', (stream) => {
    tries += 1;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '14' }, { endStream: true });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = Connection.lazy({ address: `127.0.0.1:${port}`, ...withRetries });
  const call = connection.workflowService.describeNamespace({ namespace: 'default' });
  const outcome = expect(call).rejects.toMatchObject({ code: 1 });
  await expect.poll(() => tries).toBeGreaterThan(0);
  connection.close().catch(() => undefined);
  await outcome;
  server.close();
});
