import type { Server } from 'node:net';

/**
 * Has a server listen.
 *
 * @param port 0 takes one that is free
 * @param host undefined: all that the machine has
 * @returns on which port it listens
 * @throws Error where it cannot, such as EADDRINUSE
 */
export function listen(server: Server, port: number, host?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(portOf(server)));
  });
}

/** @throws Error where it listens on no port */
export function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
