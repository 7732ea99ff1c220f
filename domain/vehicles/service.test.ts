import { expect, it } from 'vitest';
import { addDays, localDate } from '../calendar.ts';
import { nextService, SERVICE_EVERY, servicesDue, type Serviced } from './service.ts';
import { vehicleTypes } from './vehicle.ts';

const since = localDate('2026-01-01');

it.each(vehicleTypes)('a %s is due by what it drove or by its days, each since the last service', (type) => {
  const { km, days } = SERVICE_EVERY[type];
  const one: Serviced = { type, metres: 500_000 + km * 1_000 - 1, servicedMetres: 500_000, since };
  expect(servicesDue(one, addDays(since, days - 1))).toEqual({ byDistance: 0, byTime: 0 });
  expect(servicesDue({ ...one, metres: one.metres + 1 }, since)).toEqual({ byDistance: 1, byTime: 0 });
  expect(servicesDue(one, addDays(since, 2 * days))).toEqual({ byDistance: 0, byTime: 2 });
  expect(servicesDue({ ...one, metres: 0 }, addDays(since, -5))).toEqual({ byDistance: 0, byTime: 0 });
  expect(nextService(one)).toEqual({ inMetres: 1, on: addDays(since, days) });
});
