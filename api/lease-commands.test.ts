import { afterAll, beforeAll, expect, it } from 'vitest';
import { listOf, shapes } from '#dev/client';
import { register } from '#dev/journey';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { leaseWorkflowId } from '#workflows/lease/messages';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

it('lets operators find a lease by its customer, vehicle and market from its application on', async () => {
  const place = { api: platform.url, simulators: platform.simulators };
  const person = { name: 'Search Person', phone: '+256771230177', market: 'UG', provider: 'mtn' } as const;
  const { id: customerId, client, paymentMethodId } = await register(place, person);
  const { data: vehicles } = await client.get('/v1/vehicles?type=motorcycle&market=UG', listOf(shapes.vehicle));
  const { data: plans } = await client.get('/v1/plans?market=UG', listOf(shapes.plan));
  const vehicleId = vehicles[0]?.id;
  const { id } = await client.post('/v1/leases', { vehicleId, planId: plans[0]?.id, paymentMethodId }, shapes.lease);
  const { typedSearchAttributes } = await platform.temporal.workflow.getHandle(leaseWorkflowId(id)).describe();
  const found = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  expect(found).toMatchObject({ CustomerId: customerId, VehicleId: vehicleId, Market: 'UG' });
});
