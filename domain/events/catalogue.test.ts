import { describe, expect, expectTypeOf, it } from 'vitest';
import { eventSchema, eventTypes, type DomainEvent } from './catalogue.ts';

describe('the catalogue of events', () => {
  it('takes no payload of another type', () => {
    const leaseId = '0190d6f1-8e7e-7cc3-9b7f-0c5d3f0b0a01';
    const told = { type: 'vehicle.reserved', subject: leaseId, data: { leaseId, vehicleId: leaseId } } as const;
    expectTypeOf(told).toExtend<DomainEvent>();
    expectTypeOf<typeof told & { readonly type: 'payment.failed' }>().not.toExtend<DomainEvent>();
    expectTypeOf({ type: 'payment.failed' as const, subject: leaseId, data: told.data }).not.toExtend<DomainEvent>();
  });

  it('has what others build on', () => {
    const known = `user.created kyc.submitted kyc.approved kyc.rejected vehicle.created vehicle.reserved vehicle.released
      payment.plan.created payment.completed payment.failed payment.overdue credit.approved credit.rejected credit.referred
      lease.offered lease.activated lease.paused lease.in_arrears lease.completed lease.terminated telematics.risk.detected
      vehicle.immobilised vehicle.mobilised support.ticket.created support.ticket.escalated
      upgrade.requested upgrade.approved upgrade.completed`;
    expect(eventTypes).toEqual(expect.arrayContaining(known.split(/\s+/)));
  });

  it('has a JSON Schema of every type', () => {
    for (const type of eventTypes) expect(eventSchema(type), type).toHaveProperty('$schema');
    expect(eventSchema('payment.failed')).toMatchObject({
      type: 'object',
      required: ['leaseId', 'paymentId', 'kind', 'reason', 'attempt', 'amount'],
      properties: { leaseId: { type: 'string', format: 'uuid' }, amount: { required: ['amount', 'currency'] } },
    });
  });
});
