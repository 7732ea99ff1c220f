import { Metrics } from '#platform/metrics/metrics';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiWorld, type ApiWorld } from '#test/api-world';

let world: ApiWorld;
const metrics = new Metrics('test');
beforeAll(async () => {
  world = await createApiWorld({}, { metrics });
});
afterAll(() => world.close());

const rejected = async () => {
  const values = await metrics.valuesOf('callbacks_rejected_total');
  return Object.fromEntries(values.map(({ labels, value }): [string, number] => [String(labels['provider']), value]));
};

it('a wrong secret is 404 and counted, whatever the method, the body and the length of the secret', async () => {
  const wrong = 'w'.repeat(43);
  const paths = ['mtn', 'airtel', 'mpesa', 'smileid', 'inbound'].map((sender) => `/v1/callbacks/${sender}/${wrong}`);
  for (const path of [...paths, '/v1/callbacks/mtn/short', `/v1/callbacks/nobody/${wrong}`]) {
    expect((await world.call('POST', path, { body: { status: 'SUCCESSFUL' } })).status, path).toBe(404);
    expect((await world.call('PUT', path, { body: {} })).status, path).toBe(404);
  }
  const validation = await world.call('POST', `/v1/callbacks/inbound/${wrong}/validation`, { body: {} });
  expect(validation.status).toBe(404);
  expect(await rejected()).toEqual({ mtn: 4, airtel: 2, mpesa: 2, smileid: 2, inbound: 3, other: 2 });
});
