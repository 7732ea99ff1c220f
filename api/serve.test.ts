import { Agent, get, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { serveHttp } from './serve.ts';

describe('a server that stops', () => {
  it('finishes what is under way, closes idle connections at once, and takes no new ones', async () => {
    let arrived = () => {};
    const under = new Promise<void>((resolve) => (arrived = resolve));
    let finish = () => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const server = await serveHttp(
      {
        async fetch(incoming: Request) {
          if (new URL(incoming.url).pathname === '/slow') {
            arrived();
            await gate;
          }
          return new Response('done');
        },
      },
      0,
      '127.0.0.1',
    );
    const url = `http://127.0.0.1:${server.port}`;
    const idle = new Agent({ keepAlive: true });
    const closed = new Promise((resolve) => {
      get(url, { agent: idle }, (response) => {
        response.socket.once('close', resolve);
        response.resume();
      });
    });
    const slow = new Promise<string>((resolve, reject) => {
      const asked = request(`${url}/slow`, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      });
      asked.on('error', reject).end();
    });
    await under;
    const stopped = server.stop();
    await closed;
    await expect(fetch(url)).rejects.toThrow();
    finish();
    expect(await slow).toBe('done');
    await stopped;
  });

  it('waits no longer than it may', async () => {
    let arrived = () => {};
    const under = new Promise<void>((resolve) => (arrived = resolve));
    const server = await serveHttp({ fetch: () => new Promise<Response>(() => arrived()) }, 0, '127.0.0.1', 100);
    const asked = fetch(`http://127.0.0.1:${server.port}`).catch((error: unknown) => error);
    await under;
    await server.stop();
    expect(await asked).toBeInstanceOf(Error);
  });
});
