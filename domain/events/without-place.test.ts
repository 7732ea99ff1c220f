import { expect, it } from 'vitest';
import { withoutPlace } from './without-place.ts';

const jump = { id: 'r', position: { lat: 0.3, lon: 32.5 }, details: { from: { lat: 0.1, lon: 32.1 }, speedKph: 400 } };

it('leaves out where the vehicle of a customer was, and where it jumped from', () => {
  const event = { type: 'telematics.risk.detected', leaseId: 'l', data: jump } as const;
  expect(withoutPlace(event).data).toEqual({ id: 'r', position: null, details: { speedKph: 400 } });
});

it('tells the rest whole: of a vehicle that nobody has, and what is no risk', () => {
  const yard = { type: 'telematics.risk.detected', leaseId: null, data: jump } as const;
  expect(withoutPlace(yard)).toBe(yard);
  const other = { type: 'lease.activated', leaseId: 'l', data: jump } as const;
  expect(withoutPlace(other)).toBe(other);
});
