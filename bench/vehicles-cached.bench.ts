import { request } from 'undici';
import { Hono } from 'hono';
import { serveHttp } from '#api/serve';
import type { Measurement } from './run.ts';
import { leaveVehiclesWorld, vehiclesWorld } from './vehicles-world.ts';
import { perSecond } from './world.ts';

/*
 * A page of vehicles that is kept, over HTTP, beside a Hono app that answers the same bytes from memory. Ours looks at the
 * outbox before it answers, once for all that wait.
 */
const REQUESTS = 2_000;
const AT_ONCE = 32;
const PATH = '/v1/vehicles?market=UG&status=available';

export const name = 'Vehicles, a page that is kept';

export async function run(): Promise<Measurement> {
  const { app } = await vehiclesWorld();
  const body = await (await app.request(PATH)).text();
  const bare = new Hono();
  bare.get('/v1/vehicles', (c) => c.body(body, 200, { 'content-type': 'application/json' }));
  return { ours: await answers(app), bare: await answers(bare), unit: 'requests/s' };
}

export const close = leaveVehiclesWorld;

async function answers(app: Parameters<typeof serveHttp>[0]): Promise<number> {
  const server = await serveHttp(app, 0, '127.0.0.1');
  try {
    const address = `http://127.0.0.1:${server.port}${PATH}`;
    return await perSecond(
      Array.from({ length: REQUESTS }, () => address),
      AT_ONCE,
      async (url) => {
        const answer = await request(url);
        if ((await answer.body.text()).length < 2_000) throw new Error(`${url} answered ${answer.statusCode}`);
      },
    );
  } finally {
    await server.stop();
  }
}
