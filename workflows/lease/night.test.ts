import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notifications } from '#db/schema/index';
import { eventually, shapes } from '#dev/client';
import { leaseThat } from '#dev/journey';
import { localHourAt } from '#domain/calendar';
import { cast, hoursLater, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
beforeAll(async () => {
  platform = await startTestPlatform();
  staff = await cast(platform);
});
afterAll(() => platform.close());

const textsOf = (leaseId: string, template: string) =>
  platform.deps.db
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(eq(notifications.leaseId, leaseId), eq(notifications.template, template)));

describe.concurrent('at night', () => {
  it('an application that lapses at 23 is told of in the morning, and the workflow waits for that', async () => {
    const customer = await newCustomer(platform);
    const offerHours = 24 + ((23 - localHourAt(Date.now(), 'UG') + 24) % 24);
    const { id } = await leaseIn('offered', customer, staff, { terms: { offerHours } });
    await hoursLater(platform, id, offerHours + 0.5);
    await leaseThat(customer.client, id, 'lapsed', ({ status }) => status === 'lapsed');
    expect(await textsOf(id, 'lapsed')).toHaveLength(0);
    await hoursLater(platform, id, 10);
    await eventually('the text', async () => ((await textsOf(id, 'lapsed')).length === 1 ? true : undefined));
    await platform.temporal.workflow.getHandle(`lease-${id}`).result();
  });

  it('what answers a person goes at once', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const untilNight = ((23 - localHourAt(Date.now(), 'UG') + 24) % 24) + 0.5;
    await hoursLater(platform, id, untilNight);
    await customer.client.post(`/v1/leases/${id}/pause`, { kind: 'holiday', days: 3 }, shapes.lease);
    await eventually('the text', async () => ((await textsOf(id, 'paused')).length === 1 ? true : undefined));
  });
});
