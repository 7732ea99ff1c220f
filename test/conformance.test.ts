import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { serveHttp } from '#api/serve';
import { watchAnswers } from './conformance.ts';
import { eventFault } from './events-conform.ts';

/** What the watch says at the end of a file whose server gave one answer. */
async function verdictOn(path: string, answer: () => Response): Promise<string | null> {
  const server = await serveHttp(new Hono().all('*', answer), 0, '127.0.0.1', 1_000);
  const check = watchAnswers(server.server);
  await (await fetch(`http://127.0.0.1:${server.port}${path}`)).text();
  await server.stop();
  try {
    check();
    return null;
  } catch (error) {
    return String(error);
  }
}

const live = '/health/live';

it.each([
  ['what is as documented', live, () => Response.json({ status: 'up' }), null],
  ['a route that the document does not know', '/nowhere', () => new Response('anything'), null],
  ['a field of another type', live, () => Response.json({ status: 1 }), 'GET /health/live: the answer/status'],
  ['a field that is missing', live, () => Response.json({}), "required property 'status'"],
  ['another media type', live, () => new Response('up'), 'text/plain is not documented for 200'],
  [
    'what only says that it is JSON',
    live,
    () => new Response('up', { headers: { 'content-type': 'application/json' } }),
    'GET /health/live: the answer',
  ],
  ['a refusal that is no problem', live, () => Response.json({ no: 1 }, { status: 418 }), 'application/json is not'],
] as const)('%s', async (_what, path, answer, said) => {
  const verdict = await verdictOn(path, answer);
  if (said === null) expect(verdict).toBeNull();
  else expect(verdict).toContain(said);
});

it.each([
  ['an event as the catalogue has it', {}, null],
  ['one with a field too many', { phone: '+256772123456' }, 'must NOT have additional properties'],
  ['one with a field of another type', { vehicleId: 'UFK 101A' }, 'data/vehicleId must match format'],
] as const)('%s', (_what, differing, said) => {
  const leaseId = '0190d6f1-8e7e-7cc3-9b7f-0c5d3f0b0a01';
  const fault = eventFault('vehicle.reserved', { leaseId, vehicleId: leaseId, ...differing });
  if (said === null) expect(fault).toBeNull();
  else expect(fault).toContain(said);
});
