import { Temporal } from 'temporal-polyfill';
import type { LocalDate } from './local-date.ts';
import type { Market } from './markets.ts';

/**
 * Public holidays as the law of each market has them. What no law dates, such as the two Eids, elections
 * and days of mourning, is announced by governments and entered by an operator (docs/calendars.md). No clock.
 */
export interface Holiday {
  readonly date: LocalDate;
  readonly name: string;
  /** The law, or who entered it. */
  readonly source: string;
}

/** A date of every year, days after Easter Sunday, or the first Friday of a month. */
type Rule = { readonly on: string } | { readonly easter: number } | { readonly firstFridayOf: number };
type Day = Rule & { readonly name: string; readonly isNeverMoved?: true };

/** What becomes of a holiday on a day on which offices are closed anyway. */
type Substitution =
  | 'none'
  /** Of a Sunday: the first day after it that is no public holiday. */
  | 'sunday_to_next_free_day'
  /** Of Saturday and Sunday: the Monday, one for both, unless it is a public holiday itself. Of two on one working day: the next one. */
  | 'weekend_to_monday';

interface Law {
  readonly source: string;
  /** The first day on which it holds. */
  readonly since: LocalDate;
  readonly substitution: Substitution;
  readonly days: readonly Day[];
}

const law = (since: string, one: Omit<Law, 'since'>): Law => ({ ...one, since: since as LocalDate });

const easter = [
  { easter: -2, name: 'Good Friday' },
  { easter: 1, name: 'Easter Monday' },
] as const;
const christmas = [
  { on: '12-25', name: 'Christmas Day' },
  { on: '12-26', name: 'Boxing Day' },
] as const;

const rwandan: readonly Day[] = [
  { on: '01-01', name: "New Year's Day" },
  { on: '01-02', name: "Day after New Year's Day" },
  { on: '02-01', name: "National Heroes' Day" },
  { on: '04-07', name: 'Genocide against the Tutsi Memorial Day', isNeverMoved: true },
  ...easter,
  { on: '05-01', name: 'Labour Day' },
  { on: '07-01', name: 'Independence Day' },
  { on: '07-04', name: 'Liberation Day' },
  { firstFridayOf: 8, name: 'Umuganura Day' },
  { on: '08-15', name: 'Assumption Day' },
  ...christmas,
];

/** Of each market, oldest first; before the first of them its days are taken as they are in it. A new law is a new entry. */
const laws: Readonly<Record<Market, readonly [Law, ...Law[]]>> = {
  UG: [
    law('2016-02-16', {
      source: 'Public Holidays Act (Cap. 255), with 16 February as declared in 2016; it moves no holiday',
      substitution: 'none',
      days: [
        { on: '01-01', name: "New Year's Day" },
        { on: '01-26', name: 'NRM Liberation Day' },
        { on: '02-16', name: 'Archbishop Janani Luwum Day' },
        { on: '03-08', name: "Women's Day" },
        ...easter,
        { on: '05-01', name: 'Labour Day' },
        { on: '06-03', name: 'Martyrs Day' },
        { on: '06-09', name: 'National Heroes Day' },
        { on: '10-09', name: 'Independence Day' },
        ...christmas,
      ],
    }),
  ],
  KE: [
    law('2017-11-08', {
      source: 'Public Holidays Act (Cap. 110), s. 4 and Schedule; 10 October again since a judgment of 8 November 2017',
      substitution: 'sunday_to_next_free_day',
      days: [
        { on: '01-01', name: "New Year's Day" },
        ...easter,
        { on: '05-01', name: 'Labour Day' },
        { on: '06-01', name: 'Madaraka Day' },
        { on: '10-10', name: 'Mazingira Day' },
        { on: '10-20', name: 'Mashujaa Day' },
        { on: '12-12', name: 'Jamhuri Day' },
        ...christmas,
      ],
    }),
  ],
  RW: [
    law('2017-02-24', {
      source: 'Presidential Order 54/01 of 24/02/2017, art. 3 and 4',
      substitution: 'weekend_to_monday',
      days: rwandan,
    }),
    law('2022-10-19', {
      source: 'Presidential Order 062/01 of 19/10/2022',
      substitution: 'weekend_to_monday',
      days: rwandan,
    }),
  ],
};

/** The public holidays of a year by the market's law, those taken on another day too, in order. */
export function holidaysOf(market: Market, year: number): Holiday[] {
  return laws[market]
    .flatMap((one, index) => {
      const [from, until] = [index === 0 ? '' : one.since, laws[market][index + 1]?.since ?? '9999'];
      return daysOf(one, year).filter(({ date }) => date >= from && date < until);
    })
    .sort(byDate);
}

function daysOf({ days, substitution, source }: Law, year: number): Holiday[] {
  const dated = days.map((day) => ({ ...day, date: dateOf(day, year), source })).sort(byDate);
  return [...dated.map(({ date, name }) => ({ date, name, source })), ...substitutes(dated, substitution)];
}

/** `MM-DD` of the holidays that have a date of every year. */
export function fixedHolidays(market: Market): string[] {
  return laws[market][0].days.flatMap((day) => ('on' in day ? [day.on] : []));
}

const byDate = (a: Holiday, b: Holiday) => a.date.localeCompare(b.date);
const plain = (date: LocalDate) => Temporal.PlainDate.from(date);
const local = (date: Temporal.PlainDate) => date.toString() as LocalDate;
const [FRIDAY, SATURDAY, SUNDAY] = [5, 6, 7];

function dateOf(day: Day, year: number): LocalDate {
  if ('on' in day) return `${year}-${day.on}` as LocalDate;
  if ('easter' in day) return local(easterSunday(year).add({ days: day.easter }));
  const first = Temporal.PlainDate.from({ year, month: day.firstFridayOf, day: 1 });
  return local(first.add({ days: (FRIDAY - first.dayOfWeek + 7) % 7 }));
}

/** In the Gregorian calendar (the anonymous algorithm of Nature, 1876, as in Meeus, Astronomical Algorithms, ch. 8). */
function easterSunday(year: number): Temporal.PlainDate {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const days = h + l - 7 * m + 114;
  return Temporal.PlainDate.from({ year, month: Math.floor(days / 31), day: (days % 31) + 1 });
}

function substitutes(days: readonly (Day & Holiday)[], substitution: Substitution): Holiday[] {
  if (substitution === 'none') return [];
  const taken = new Set(days.map(({ date }) => date));
  const found: Holiday[] = [];
  const take = (date: LocalDate, { name, source }: Holiday) => {
    if (!taken.has(date)) found.push({ date, name: `${name} (taken on this day)`, source });
    taken.add(date);
  };
  for (const [index, day] of days.entries()) {
    const { date, isNeverMoved } = day;
    const weekday = plain(date).dayOfWeek;
    if (substitution === 'sunday_to_next_free_day') {
      if (weekday === SUNDAY) take(nextFree(date, taken), day);
    } else if (weekday >= SATURDAY) {
      if (isNeverMoved !== true) take(local(plain(date).add({ days: 8 - weekday })), day);
    } else if (days[index - 1]?.date === date) {
      take(nextFree(date, taken), day);
    }
  }
  return found;
}

/** The next day that is neither a Saturday nor a Sunday nor taken. */
function nextFree(date: LocalDate, taken: ReadonlySet<LocalDate>): LocalDate {
  let next = plain(date).add({ days: 1 });
  while (next.dayOfWeek >= SATURDAY || taken.has(local(next))) next = next.add({ days: 1 });
  return local(next);
}
