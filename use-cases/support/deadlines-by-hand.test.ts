import { randomUUID } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findTicket } from '#db/queries/tickets';
import { users } from '#db/schema/index';
import type { Actor } from '#domain/identity/roles';
import { marketRules, type Market } from '#domain/markets';
import type { Priority } from '#domain/support/ticket';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { deps } from '#test/late-money';
import { transact, type Context } from '../context.ts';
import { addMessage } from './add-message.ts';
import { mergeTickets } from './merge-tickets.ts';
import { openTicket } from './open-ticket.ts';
import { reopenTicket, resolveTicket, waitForCustomer } from './resolve-ticket.ts';
import { updateTicket } from './update-ticket.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** What is done, when by the clocks of the market, and what both deadlines are then: worked by hand. */
type Step = readonly [
  when: string,
  does: 'open' | 'wait' | 'write' | 'answer' | 'resolve' | 'reopen' | Priority | 'join',
  firstAnswer: string,
  resolution: string | null,
];
interface Life {
  readonly market: Market;
  readonly priority: Priority;
  readonly steps: readonly Step[];
  /** The ticket that it is merged into at `join`, opened then. */
  readonly other: readonly [when: string, priority: Priority];
}

const lives: readonly (Life & { readonly over: string })[] = [
  {
    // 8:00–12:45, 14:00–17:00: 7 h 45 a day. Closed on 25, 26 and 27 December, 1, 2 and 3 January.
    over: 'Christmas and New Year',
    market: 'UG',
    priority: 'normal',
    other: ['2027-01-04 09:00', 'urgent'],
    steps: [
      // 5:45 on Wednesday, the rest of 8 h on Thursday; 40 h are 5:45, four whole days, and 3:15.
      ['2026-12-23 10:00', 'open', '12-24 10:15', '12-31 11:15'],
      ['2026-12-24 10:00', 'wait', '12-24 10:15', null],
      // 7:45 are used; of 32:15 two hours go on Monday, three whole days, and 7:00 after New Year.
      ['2026-12-28 15:00', 'write', '12-24 10:15', '01-04 16:15'],
      // 24 h instead: 16:15 are left from Monday on.
      ['2026-12-29 09:00', 'high', '12-24 10:15', '12-30 15:45'],
      ['2026-12-29 12:00', 'resolve', '12-24 10:15', '12-30 15:45'],
      // 13:45 are used. A Saturday: 7:45 of 10:15 on Monday, 2:30 on Tuesday.
      ['2027-01-02 11:00', 'reopen', '12-24 10:15', '01-05 10:30'],
      // 16:45 are used of eight.
      ['2027-01-04 11:00', 'join', '12-24 10:15', '01-04 11:00'],
    ],
  },
  {
    // 8–13, 14–17: 8 h a day. Jamhuri is on a Sunday and so on Monday, 13 December, and Boxing Day on Monday, the 27th.
    over: 'Jamhuri and Boxing Day',
    market: 'KE',
    priority: 'high',
    other: ['2027-12-24 08:00', 'low'],
    steps: [
      ['2027-12-09 15:00', 'open', '12-10 10:00', '12-15 15:00'],
      ['2027-12-10 09:00', 'wait', '12-10 10:00', null],
      // 3 h are used; 21 from Tuesday on.
      ['2027-12-12 18:00', 'write', '12-10 10:00', '12-16 13:00'],
      // 37 of 40 from Tuesday on, over another weekend.
      ['2027-12-14 10:00', 'normal', '12-10 10:00', '12-20 13:00'],
      ['2027-12-15 17:00', 'resolve', '12-10 10:00', '12-20 13:00'],
      // 19 h are used: 4 on Friday, 8 on Tuesday and on Wednesday, one on Thursday.
      ['2027-12-24 12:00', 'reopen', '12-10 10:00', '12-30 09:00'],
      // As urgent as it was, and the one that was worked on longer: 20 h.
      ['2027-12-24 14:00', 'join', '12-10 10:00', '12-30 09:00'],
    ],
  },
  {
    // 7–12, 13–17: 9 h a day. Wednesday, 7 April is a day of mourning.
    over: 'the day of mourning',
    market: 'RW',
    priority: 'normal',
    other: ['2027-04-12 07:00', 'high'],
    steps: [
      ['2027-04-05 16:00', 'open', '04-06 15:00', '04-13 10:00'],
      // Too late, and not in office hours: due as it was.
      ['2027-04-06 17:30', 'answer', '04-06 15:00', '04-13 10:00'],
      ['2027-04-06 17:40', 'wait', '04-06 15:00', null],
      // 10 h are used, and the office is closed all day.
      ['2027-04-07 10:00', 'write', '04-06 15:00', '04-13 10:00'],
      // 70 of 80 h: seven whole days, and 7 h on Monday.
      ['2027-04-08 08:00', 'low', '04-06 15:00', '04-19 15:00'],
      ['2027-04-09 12:30', 'resolve', '04-06 15:00', '04-19 15:00'],
      // 24 h are used: 56 from Monday on are six whole days, and two.
      ['2027-04-12 06:00', 'reopen', '04-06 15:00', '04-20 09:00'],
      // 28 h are used of 24.
      ['2027-04-12 11:00', 'join', '04-06 15:00', '04-12 11:00'],
    ],
  },
];

it.each(lives)('a ticket in $market over $over has the deadlines that were worked by hand', async (life) => {
  const { market, priority, steps, other } = life;
  const { timeZone } = marketRules(market);
  const at = (when: string) => new Date(Temporal.PlainDateTime.from(when).toZonedDateTime(timeZone).epochMilliseconds);
  const shown = (instant: Date | null) => {
    if (instant === null) return null;
    const zoned = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);
    return zoned.toPlainDateTime().toString({ smallestUnit: 'minute' }).slice(5).replace('T', ' ');
  };
  const customer = await newPerson('customer', market);
  const agent = await newPerson('agent', null);
  const act = <T>(by: Actor, when: string, work: (context: Context) => Promise<T>) =>
    transact(database.db, by, at(when), work);
  const said = () => ({ id: randomUUID(), body: 'Some words' });
  const open = (when: string, urgency: Priority) =>
    act(agent, when, (context) => {
      const message = { ...said(), internal: true, attachments: [] };
      const order = { id: randomUUID(), customerId: customer.id, category: 'account', subject: 'Help' } as const;
      return openTicket(context, deps, { ...order, message, priority: urgency });
    });
  let id = '';
  const write = (by: Actor, when: string) =>
    act(by, when, (context) =>
      addMessage(context, deps, { ...said(), ticketId: id, internal: false, attachments: [] }),
    );

  const moves: Record<Exclude<Step[1], Priority>, (when: string) => Promise<unknown>> = {
    open: async (when) => ({ id } = await open(when, priority)),
    wait: (when) => act(agent, when, (context) => waitForCustomer(context, deps, { id, message: said() })),
    write: (when) => write(customer, when),
    answer: (when) => write(agent, when),
    resolve: (when) => act(agent, when, (context) => resolveTicket(context, deps, { id, message: said() })),
    reopen: (when) => act(customer, when, (context) => reopenTicket(context, deps, { id, message: null })),
    join: async (when) => {
      const into = await open(...other);
      ({ id } = await act(agent, when, (context) => mergeTickets(context, { id, intoId: into.id })));
    },
  };
  const isMove = (does: Step[1]): does is keyof typeof moves => Object.hasOwn(moves, does);
  let first: Date | null = null;
  for (const [when, does, ...due] of steps) {
    if (isMove(does)) await moves[does](when);
    else await act(agent, when, (context) => updateTicket(context, id, { priority: does }));
    const row = await findTicket(database.db, id);
    expect([shown(row?.firstAnswerDueAt ?? null), shown(row?.resolutionDueAt ?? null)], `${does}, ${when}`).toEqual(
      due,
    );
    // Who answered first has.
    first ??= row?.firstAnsweredAt ?? null;
    expect(row?.firstAnsweredAt ?? null).toEqual(first);
  }
});

async function newPerson(role: 'customer' | 'agent', market: Market | null) {
  const id = uuidv7();
  await database.db.insert(users).values({ id, role, name: 'Test Person', market, phoneHash: id });
  return { role, id };
}
