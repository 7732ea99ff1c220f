import { connect, createServer, type Socket } from 'node:net';
import { listen } from '#platform/listen';

/** A way to a server that can be cut: connections end, and new ones are refused until it is mended. */
export interface Cuttable {
  readonly port: number;
  cut(): void;
  mend(): void;
  /**
   * Cuts it the first time that a client says `words`, and mends it after `ms` milliseconds.
   *
   * @param when `before` the server hears it, or `after`: it hears it, and its answer is lost
   * @param how the connection ends as if it was closed, or as one that the other side knows nothing of
   * @returns a promise that settles when it is mended.
   */
  cutAt(words: string, when: 'before' | 'after', ms: number, how?: 'end' | 'reset'): Promise<void>;
  stop(): Promise<void>;
}

interface Trap {
  readonly words: string;
  readonly when: 'before' | 'after';
  readonly spring: () => void;
}

/** Milliseconds in which a server surely hears what was written to it. */
const HEARD = 50;

export async function startCuttable(host: string, port: number): Promise<Cuttable> {
  const sockets = new Set<Socket>();
  let open = true;
  let trap: Trap | null = null;
  const cut = (how: 'end' | 'reset' = 'end') => {
    open = false;
    for (const socket of sockets) {
      if (how === 'end') socket.destroy();
      else socket.resetAndDestroy();
    }
  };
  const follow = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((near) => {
    if (!open) return void near.destroy();
    const far = connect(port, host);
    follow(near, far);
    follow(far, near);
    let heard = true;
    far.on('data', (chunk) => heard && near.write(chunk));
    near.on('data', (chunk) => {
      if (trap === null || !chunk.includes(trap.words)) return void far.write(chunk);
      const { when, spring } = trap;
      trap = null;
      heard = false;
      if (when === 'before') return spring();
      far.write(chunk);
      setTimeout(spring, HEARD);
    });
  });
  return {
    port: await listen(server, 0, '127.0.0.1'),
    cut: () => cut(),
    mend() {
      open = true;
    },
    cutAt: (words, when, ms, how) =>
      new Promise((resolve) => {
        const spring = () => {
          cut(how);
          setTimeout(() => {
            open = true;
            resolve();
          }, ms);
        };
        trap = { words, when, spring };
      }),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
