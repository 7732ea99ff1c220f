import { describe, expect, it } from 'vitest';
import type { Market } from '../markets.ts';
import type { LeaseStatus } from '../leases/status.ts';
import { areaFaults } from './area-faults.ts';
import { borders } from './borders.ts';
import { noFences } from './fences.ts';
import type { Fix } from './fix.ts';
import { computedRules } from './rules/index.ts';
import { offline } from './rules/offline.ts';
import { observe, resume, unwatched } from './watch.ts';

const START = Date.UTC(2026, 7, 21, 10);
const kampala = { lat: 0.3476, lon: 32.5825 };
const vehicle = (leaseStatus: LeaseStatus | null = null) => ({
  vehicleId: 'v',
  limitKph: 300,
  market: 'UG' as const,
  leaseStatus,
  online: null,
  fences: noFences,
});
/** @param at seconds */
const fix = (at: number, more: Partial<Fix> = {}): Fix => ({
  ts: START + at * 1_000,
  sequence: `${at}`,
  ...kampala,
  speedKph: 30,
  heading: null,
  altitude: null,
  accuracy: null,
  ignition: true,
  odometerKm: null,
  output1: null,
  alarms: [],
  extra: {},
  ...more,
});
const north = (metres: number) => ({ lat: kampala.lat + metres / 111_195 });
const heard = (fixes: readonly Fix[]) => fixes.map((one) => ({ fix: one, receivedAt: one.ts, suspect: false }));

/** Types that a scenario of this file has raised. */
const tried = new Set<string>();

/** What is raised, one fix after the other: type, second, details. */
function raised(fixes: readonly Fix[], of = vehicle()) {
  let watch = unwatched;
  return fixes.flatMap((one) => {
    const seen = observe(watch, heard([one]), of);
    ({ watch } = seen);
    for (const { type } of seen.findings) tried.add(type);
    return seen.findings.map(({ type, severity, occurredAt, details }) => ({
      type,
      severity,
      at: (occurredAt - START) / 1_000,
      details,
    }));
  });
}
/** What begins and ends, one fix after the other, and in which second. */
function told(fixes: readonly Fix[]): string[] {
  let watch = unwatched;
  return fixes.flatMap((one) => {
    const seen = observe(watch, heard([one]), vehicle());
    ({ watch } = seen);
    const at = (ts: number) => (ts - START) / 1_000;
    for (const { type } of seen.findings) tried.add(type);
    return [
      ...seen.findings.map(({ type, occurredAt }) => `${type} began ${at(occurredAt)}`),
      ...seen.endings.map((end) => `${end.key} ended ${at(end.at)}`),
    ];
  });
}
const types = (...args: Parameters<typeof raised>) => raised(...args).map(({ type, at }) => [type, at]);

describe('speeding', () => {
  const limited = { ...vehicle(), limitKph: 80 };
  /** Twice too fast, for twenty seconds. */
  const spikes = (place: (at: number) => Partial<Fix>) =>
    types(
      [0, 30, 50, 80].map((at) => fix(at, { speedKph: at === 30 || at === 50 ? 120 : 0, ...place(at) })),
      limited,
    );

  it('is not what a receiver invents of a vehicle that stays where it is with its ignition off', () => {
    expect(spikes(() => ({ ignition: false }))).toEqual([]);
    // As it is said to drive, whether or not its unit has a wire to the ignition.
    expect(spikes((at) => ({ ignition: false, ...north(at * 33) }))).toContainEqual(['speeding', 30]);
    expect(spikes(() => ({ ignition: true }))).toEqual([['speeding', 30]]);
  });
});

describe('an alarm that comes and goes', () => {
  it.each(['low_battery', 'jamming', 'tampering'])('is one %s until it has been away for ten minutes', (type) => {
    const wavers = Array.from({ length: 20 }, (_, i) => fix(i * 30, { alarms: i % 2 === 0 ? [type] : [] }));
    const quiet = [fix(900), fix(1_100), fix(1_200)];
    expect(told([...wavers, ...quiet, fix(1_260, { alarms: [type] })])).toEqual([
      `${type} began 0`,
      `${type} ended 540`,
      `${type} began 1260`,
    ]);
    // What it says late of before neither ends it nor begins another one.
    const late = fix(100);
    expect(told([...wavers, late, ...quiet])).toEqual([`${type} began 0`, `${type} ended 540`]);
  });
});

describe('tow', () => {
  const off = { ignition: false, speedKph: 20 };
  it('is the ignition off over 200 m from where it parked, less what the receiver errs', () => {
    const parked = [fix(0), fix(60, { ...off, ...north(10) }), fix(120, { ...off, ...north(190) })];
    expect(types(parked)).toEqual([]);
    expect(types([...parked, fix(180, { ...off, ...north(500), accuracy: 300 })])).toEqual([]);
    const away = [...parked, fix(180, { ...off, ...north(300) }), fix(240, { ...off, ...north(900) })];
    expect(raised(away)).toMatchObject([{ type: 'tow', severity: 'high', at: 180, details: { movedMetres: 290 } }]);
    // Who drives away and parks elsewhere is not towed.
    expect(types([...parked, fix(180, north(300)), fix(240, { ...off, ...north(900) })])).toEqual([]);
    // It is over when it is back, and after a restart it is known where it stood.
    const anew = [fix(360, { ...off, ...north(400) }), fix(420, { ...off, ...north(600) })];
    const again = [...away, fix(300, { ...off, ...north(20) }), ...anew];
    expect(types(again)).toEqual([
      ['tow', 180],
      ['tow', 360],
    ]);
    const woken = resume(null, heard(parked), [], vehicle());
    expect(observe(woken, heard(anew), vehicle()).findings).toHaveLength(1);
  });

  it('is not a fix that goes astray, alone, whatever comes around it', () => {
    const parked = Array.from({ length: 20 }, (_, i) => fix(i * 60, { ...off, speedKph: 0 }));
    const astray = (...at: readonly number[]) =>
      parked.map((one, i) => (at.includes(i) ? { ...one, ...north(390) } : one));
    expect(types(astray(10))).toEqual([]);
    expect(types(astray(8, 10, 12))).toEqual([]);
    expect(types(astray(10, 11))).toEqual([['tow', 600]]);
    // One that tells of itself every hour has no neighbour within minutes.
    const hourly = (i: number, metres: number) => fix(i * 3_600, { ...off, ...north(metres) });
    expect(types([hourly(0, 0), hourly(1, 900), hourly(2, 0)])).toEqual([]);
    expect(types([hourly(0, 0), hourly(1, 900), hourly(2, 900), hourly(3, 900)])).toEqual([['tow', 7_200]]);
  });

  it('is over where it is put down; a unit without a wire to the ignition rides after two', () => {
    const ride = (from: number, at: number) =>
      Array.from({ length: 15 }, (_, i) =>
        fix(from + i * 60, { ...off, ...north(at + Math.min(i, 7) * 500), speedKph: i < 7 ? 30 : 0 }),
      );
    const rides = [0, 1, 2, 3].flatMap((i) => ride(i * 900, i * 3_500));
    expect(told(rides)).toEqual(['tow began 60', 'tow ended 660', 'tow began 960', 'tow ended 1560']);
    // Its own alarm counts, and who has started his engine since is known to have the wire.
    const alarmed = rides.map((one, i) => (i === 50 ? { ...one, alarms: ['tow'] } : one));
    expect(types(alarmed).at(-1)).toEqual(['tow', 3_000]);
    const started = [...rides, fix(3_600, north(14_000)), fix(3_660, { ...off, ...north(14_000) })];
    const away = [fix(3_720, { ...off, ...north(14_900) }), fix(3_780, { ...off, ...north(15_900) })];
    expect(types([...started, ...away]).at(-1)).toEqual(['tow', 3_720]);
  });

  it("is the tracker's own alarm, where nothing is known of the ignition too", () => {
    const unknown = { ignition: null };
    const told = { ...unknown, alarms: ['tow'] };
    expect(types([fix(0, unknown), fix(10, told), fix(20, told), fix(30, unknown), fix(40, told)])).toEqual([
      ['tow', 10],
      ['tow', 40],
    ]);
  });

  it('hears nothing of what comes late', () => {
    const fixes = [fix(60, off), fix(120, { ...off, ...north(100) })];
    expect(types([...fixes, fix(30, { ...off, ...north(-700) })])).toEqual([]);
  });
});

describe('a power cut', () => {
  const mv = (at: number, externalMv: number | undefined, ...alarms: string[]) =>
    fix(at, { alarms, extra: externalMv === undefined ? {} : { externalMv } });
  it('lasts until power is measured again, though the unit says it once', () => {
    const minutes = Array.from({ length: 40 }, (_, i) =>
      mv(120 + i * 60, i % 3 === 1 ? undefined : i % 2 === 0 ? 0 : 300),
    );
    expect(told([mv(0, 12_600), mv(60, 0, 'power_cut'), ...minutes])).toEqual(['power_cut began 60']);
    expect(told([mv(0, 12_600), mv(60, 0, 'power_cut'), ...minutes, mv(2_520, 12_400), mv(2_580, 0)])).toEqual([
      'power_cut began 60',
      'power_cut ended 2460',
    ]);
    // After a restart too.
    const open = { key: 'power_cut', named: START, from: START, to: START, open: true };
    const woken = resume(null, heard(minutes.slice(-15)), [open], vehicle());
    expect(observe(woken, heard([mv(2_520, 0)]), vehicle())).toMatchObject({ findings: [], endings: [] });
    expect(observe(woken, heard([mv(2_520, 12_400)]), vehicle()).endings).toHaveLength(1);
  });

  it('of a unit that measures nothing is over with a message without it, and nought alone is none', () => {
    expect(told([mv(0, undefined, 'power_cut'), mv(60, undefined, 'power_cut'), mv(120, undefined)])).toEqual([
      'power_cut began 0',
      'power_cut ended 60',
    ]);
    expect(told([mv(0, 12_600), mv(60, 0), mv(120, 0), mv(180, undefined)])).toEqual([]);
  });
});

describe('harsh braking', () => {
  it.each<[string, number, number, number, boolean]>([
    ['20 km/h in two seconds', 60, 40, 2, true],
    ['19 km/h in two seconds', 60, 41, 2, false],
    ['40 km/h in three seconds', 60, 20, 3, false],
    ['28 km/h in a second, which no receiver tells rightly', 28, 0, 1, false],
    ['what two fixes of one moment say', 60, 50, 0.1, false],
    ['faster', 40, 60, 2, false],
  ])('by speeds: %s', (_, from, to, seconds, isHarsh) => {
    const found = types([fix(0, { speedKph: from }), fix(seconds, { speedKph: to })]);
    expect(found).toEqual(isHarsh ? [['harsh_braking', seconds]] : []);
  });
});

describe('a wrong country', () => {
  it('is 5 km beyond the border of the market', () => {
    const at = (second: number, lat: number, lon: number) => fix(second, { lat, lon });
    // Busia's border post, the town beyond it, and Kisumu.
    const way = [at(0, 0.46, 34.09), at(600, 0.46, 34.13), at(7_200, -0.09, 34.76), at(7_300, -0.08, 34.76)];
    expect(raised(way)).toMatchObject([
      { type: 'wrong_country', severity: 'high', at: 7_200, details: { market: 'UG' } },
    ]);
    expect(types([...way, at(14_400, 0.46, 34.09), at(21_600, -0.09, 34.76)])).toEqual([
      ['wrong_country', 7_200],
      ['wrong_country', 21_600],
    ]);
  });

  it.each<[Market, ...[number, number][]]>([
    ['UG', [0.3476, 32.5825], [2.77, 32.3], [-0.6, 30.65], [0.05, 32.46], [3.3, 31.1], [-1.25, 29.99]],
    ['KE', [-1.29, 36.82], [-4.04, 39.67], [3.94, 41.86], [0.28, 34.75], [-2.27, 40.9], [3.12, 35.6]],
    ['RW', [-1.95, 30.06], [-1.68, 29.26], [-2.48, 28.9], [-2.6, 29.74], [-1.3, 30.33]],
  ])('is not within %s, its coasts and border posts', (market, ...towns) => {
    for (const [lat, lon] of towns)
      expect([lat, lon, noFences.isAbroad(market, fix(0, { lat, lon })) === true]).toEqual([lat, lon, false]);
    expect(areaFaults(borders[market])).toEqual([]);
    expect(noFences.isAbroad(market, fix(0, { lat: 6.5244, lon: 3.3792 }))).toBe(true);
  });
});

describe('idling', () => {
  const stands = { speedKph: 0 };
  it('is ten minutes with the engine on, once', () => {
    const minutes = Array.from({ length: 14 }, (_, i) => fix(i * 60, stands));
    expect(raised(minutes)).toMatchObject([{ type: 'idle_too_long', severity: 'low', at: 0 }]);
    expect(types(minutes.map((one, i) => (i === 6 ? { ...one, speedKph: 20 } : one)))).toEqual([]);
    expect(types(minutes.map((one) => ({ ...one, ignition: false })))).toEqual([]);
  });
});

describe('a jump', () => {
  it('is none to a place that is known no better than so, nor back from it', () => {
    const phone = [fix(0, { accuracy: 8 }), fix(30, { ...north(4_400), accuracy: 5_000 }), fix(60, { accuracy: 8 })];
    expect(types(phone)).toEqual([]);
    expect(types(phone.map((one) => ({ ...one, accuracy: 8 })))).toEqual([['impossible_jump', 30]]);
    // After a restart too: where it is believed to be has no accuracy of its own there.
    const latest = { ts: START + 30_000, ...kampala, ...north(4_400) };
    const watch = resume(latest, heard(phone.slice(0, 2)), [], vehicle());
    expect(observe(watch, heard(phone.slice(2)), vehicle()).findings).toEqual([]);
  });
});

describe('what is done to a tracker', () => {
  it('is graver while money is owed', () => {
    const severity = (alarms: string[], status: LeaseStatus) =>
      raised([fix(0, { alarms })], vehicle(status))[0]?.severity;
    expect(['power_cut', 'tampering', 'jamming'].map((alarm) => severity([alarm], 'active'))).toEqual([
      'high',
      'high',
      'high',
    ]);
    expect(['power_cut', 'tampering', 'jamming'].map((alarm) => severity([alarm], 'in_arrears'))).toEqual([
      'critical',
      'critical',
      'critical',
    ]);
    // What the tracker kept of the days of another is graver by nothing that is owed now.
    const since = (second: number) => ({ ...vehicle('in_arrears'), leaseSince: START + second * 1_000 });
    const cut = [fix(5, { alarms: ['power_cut'] })];
    expect([5, 6].map((second) => raised(cut, since(second))[0]?.severity)).toEqual(['critical', 'high']);
    const lost = { online: false, cause: 'silence', lastSeenAt: null, recent: [] } as const;
    expect(offline.turn({ ...lost, leaseStatus: 'in_arrears' })?.severity).toBe('high');
    expect(offline.turn({ ...lost, leaseStatus: 'active' })?.severity).toBe('medium');
    expect(offline.turn({ ...lost, recent: ['power_cut'], leaseStatus: 'in_arrears' })?.severity).toBe('critical');
  });
});

it('each rule that looks at messages has a scenario above, or in a test of its own', () => {
  const elsewhere = {
    clock_ahead: 'workers/telematics/plan.test.ts',
    clock_behind: 'workers/telematics/plan.test.ts',
    geofence_enter: 'domain/telematics/fences.test.ts',
    geofence_exit: 'domain/telematics/fences.test.ts',
  };
  const untried = computedRules.map(({ type }) => type).filter((type) => !tried.has(type));
  expect(untried).toEqual(Object.keys(elsewhere));
});
