import { expect, it } from 'vitest';
import { localDate } from '../../calendar.ts';
import { errorCodes } from '../../errors.ts';
import { closedGate, FRESH, gates, type GateFacts, type LeaseFacts } from './gates.ts';
import { ruleOn, type MarketRule } from './law.ts';

const HOUR = 3_600_000;
const wall = Date.UTC(2026, 10, 29, 9);
const rule: MarketRule = {
  market: 'UG',
  effectiveFrom: localDate('2009-07-01'),
  leastDaysPastDue: 3,
  noticeHours: 24,
  fromHour: 8,
  untilHour: 18,
  stopsAfterTwoThirds: false,
  repossessionNoticeDays: 14,
  courtAfterTwoThirds: true,
  saleDaysAfterDemand: 60,
  isShortfallOwed: true,
  source: 'a law',
};
const lease: LeaseFacts = {
  status: 'in_arrears',
  daysPastDue: 8,
  daysPastDueIfPaid: 8,
  planDays: 7,
  planNoticeHours: 24,
  twoThirdsPaid: false,
  promised: false,
  reliefAsked: false,
  mayObject: false,
  warnedAt: wall - 24 * HOUR,
  emergencyUntil: null,
  now: wall,
};
const open: GateFacts = {
  cause: 'arrears',
  lease,
  sold: false,
  rule,
  tracker: { kind: 'native', online: true, relayProven: true },
  fix: { at: wall - 1_000, speedKph: 0, ignition: false, suspect: false, protected: false },
  wall,
  localHour: 12,
  inFlight: false,
  atWorkshop: false,
};
const late = (changes: Partial<LeaseFacts>): Partial<GateFacts> => ({ lease: { ...lease, ...changes } });
const place = (changes: object): Partial<GateFacts> => ({
  fix: { at: wall, speedKph: 0, ignition: false, suspect: false, protected: false, ...changes },
});
const unit = (changes: object): Partial<GateFacts> => ({
  tracker: { kind: 'native', online: true, relayProven: true, ...changes },
});

it('lets nobody be stopped but where every gate is open', () => {
  expect(closedGate(open)).toBeNull();
});

it.each([
  ['vehicle_not_leased', { lease: null }],
  ['vehicle_not_leased', late({ status: 'completed' })],
  ['lease_paused', late({ status: 'paused' })],
  ['lease_stolen', late({ status: 'stolen' })],
  ['no_market_rule', { rule: null }],
  ['plan_never_stops', late({ planDays: null })],
  ['not_past_threshold', late({ daysPastDue: 7 })],
  ['not_past_threshold', { rule: { ...rule, leastDaysPastDue: 8 } }],
  ['two_thirds_paid', late({ twoThirdsPaid: true })],
  ['money_in_doubt', late({ daysPastDueIfPaid: 0 })],
  ['promise_open', late({ promised: true })],
  ['relief_undecided', late({ reliefAsked: true })],
  ['plan_not_agreed', late({ mayObject: true })],
  ['notice_not_delivered', late({ warnedAt: null })],
  ['notice_running', late({ warnedAt: wall - 24 * HOUR + 1 })],
  ['notice_running', { rule: { ...rule, noticeHours: 48 } }],
  ['emergency_restart_running', late({ emergencyUntil: wall + 1 })],
  ['no_tracker', { tracker: null }],
  ['tracker_takes_no_commands', unit({ kind: 'owntracks' })],
  ['relay_not_proven', unit({ relayProven: false })],
  ['command_in_flight', { inFlight: true }],
  ['outside_allowed_hours', { localHour: 7 }],
  ['outside_allowed_hours', { localHour: 18 }],
  ['tracker_offline', unit({ online: false })],
  ['fix_stale', { fix: null }],
  ['fix_stale', place({ at: wall - FRESH })],
  ['fix_suspect', place({ suspect: true })],
  ['protected_place', place({ protected: true })],
  ['vehicle_moving', place({ speedKph: 0.5 })],
  ['vehicle_moving', place({ speedKph: null })],
  ['ignition_on', place({ ignition: true })],
  ['ignition_on', place({ ignition: null })],
] as const)('%s', (code, changes) => {
  expect(closedGate({ ...open, ...changes })).toMatchObject({ code });
});

it('lets a stolen vehicle be stopped by its order alone, and a relay be tested in the yard alone', () => {
  const theft = { ...open, cause: 'theft' } as const;
  expect(closedGate({ ...theft, ...late({ status: 'stolen', daysPastDue: 0, warnedAt: null }) })).toBeNull();
  expect(closedGate({ ...theft, lease: null })).toBeNull();
  expect(closedGate(theft)).toMatchObject({ code: 'vehicle_not_stolen' });
  expect(closedGate({ ...theft, lease: null, sold: true })).toMatchObject({ code: 'vehicle_not_stolen' });
  expect(closedGate({ ...theft, lease: null, ...place({ speedKph: 9 }) })).toMatchObject({ code: 'vehicle_moving' });
  const test = { ...open, cause: 'relay_test', ...unit({ relayProven: false }) } as const;
  expect(closedGate(test)).toMatchObject({ code: 'vehicle_with_customer' });
  expect(closedGate({ ...test, lease: null })).toBeNull();
});

it('has a code of the API for every gate', () => {
  expect(gates.map(({ code }) => errorCodes[code][0])).toEqual(gates.map(() => 409));
});

it('goes by the rule that holds on the day, and by none where none does', () => {
  const later = { ...rule, effectiveFrom: localDate('2027-01-01'), leastDaysPastDue: 30 };
  expect(ruleOn([later, rule], 'UG', localDate('2026-12-31'))).toBe(rule);
  expect(ruleOn([later, rule], 'UG', localDate('2027-01-01'))).toBe(later);
  expect(ruleOn([later, rule], 'UG', localDate('2008-01-01'))).toBeNull();
  expect(ruleOn([later, rule], 'KE', localDate('2027-01-01'))).toBeNull();
});
