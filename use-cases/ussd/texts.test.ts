import { randomBytes, randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { and, eq, inArray } from 'drizzle-orm';
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findAddressee } from '#db/queries/deliveries';
import { isStopped } from '#db/queries/texts';
import { messagesOf } from '#db/queries/tickets';
import {
  audit,
  inboundTexts,
  leases,
  methods,
  notifications,
  plans,
  suppressions,
  tickets,
  users,
  vehicles,
} from '#db/schema/index';
import { eventually } from '#dev/client';
import { system, type Actor } from '#domain/identity/roles';
import { leaseReference } from '#domain/leases/reference';
import type { LeaseStatus } from '#domain/leases/status';
import { createTokenIssuer } from '#platform/tokens';
import { ProviderFailure } from '#providers/provider-failure';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { bookLease, weeklyPlan } from '#test/lease-books';
import { config, deps } from '#test/late-money';
import { transact, type Context } from '../context.ts';
import { createCustomer } from '../identity/create-customer.ts';
import { makeCode } from '../identity/code.ts';
import { hashPin, setPin } from '../identity/pin.ts';
import { resetPinByCode } from '../identity/reset-pin.ts';
import { takeCode } from '../identity/take-code.ts';
import { addMessage } from '../support/add-message.ts';
import { untoldOf } from '../support/look-at-ticket.ts';
import { openTicket } from '../support/open-ticket.ts';
import { noticeOfAnswer } from '../support/tell-of-answer.ts';
import { answerUssd } from './answer-ussd.ts';
import { receiveText } from './receive-text.ts';

/** What is answered by text, to whom, and how often. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const sent: string[] = [];
/** So many texts the gateway does not take. */
let refuses = 0;
beforeEach(() => {
  sent.length = 0;
  refuses = 0;
});
const phone = (patience = '10000') => ({
  ...deps,
  tokens: createTokenIssuer(config),
  db: database.db,
  config: { ...config, AFRICASTALKING_USSD_CODE: '*1#', USSD_PATIENCE_MS: Number(patience) },
  temporal: new Client({ connection: Connection.lazy() }),
  log: pino({ level: 'silent' }),
  textMessages: {
    send: ({ body }: { readonly body: string }) => {
      if ((refuses -= 1) >= 0) return Promise.reject(new ProviderFailure('not_taken', 'the gateway is away'));
      sent.push(body);
      return Promise.resolve({ provider: 'a gateway', messageId: null });
    },
    providers: [],
  },
});
const text = (id: string, from: string, body: string) =>
  receiveText(phone(), { id, from, text: body, raw: body }, () => {});
const hashOf = (number: string) => deps.encryption.hash('phone', number);
let serial = 100;

async function newCustomer(): Promise<{ readonly id: string; readonly number: string }> {
  const id = uuidv7();
  const number = `+256772000${(serial += 1)}`;
  const phoneEncrypted = deps.encryption.encrypt(number);
  const who = { market: 'UG', phoneHash: hashOf(number), phoneEncrypted } as const;
  await database.db.insert(users).values({ id, role: 'customer', name: 'Test Person', ...who });
  return { id, number };
}
/** Another lease of a customer, as of so many seconds later. */
async function leaseOf(customerId: string, status: LeaseStatus, later: number) {
  const lease = await bookLease(database, config, { customerId });
  const createdAt = new Date(Date.now() + later * 1_000);
  await database.db.update(leases).set({ status, createdAt }).where(eq(leases.id, lease.id));
  return lease;
}

describe('a text', () => {
  it('that comes again does not undo what came after it, also of a number of nobody’s', async () => {
    const from = '+256772000888';
    for (const [id, said] of [
      ['s1', 'STOP'],
      ['s2', 'START'],
      ['s1', 'STOP'],
    ] as const)
      await text(id, from, said);
    const isIts = eq(suppressions.phoneHash, hashOf(from));
    expect(await database.db.select().from(suppressions).where(isIts)).toEqual([]);
    // Neither was a help.
    await text('s3', from, 'HELP');
    expect(sent).toHaveLength(1);
  });

  it('is about the lease that is paid for, however many applications came after it', async () => {
    const { id, number } = await newCustomer();
    await leaseOf(id, 'active', 0);
    await leaseOf(id, 'offered', 1);
    for (let n = 0; n < 21; n += 1) await leaseOf(id, 'declined', 2 + n);
    await text('b1', number, 'BAL');
    expect(sent).toEqual([expect.stringMatching(/^Paid .* UGX/)]);
  });

  it('is about the lease that is late, not the newest, by SMS as on a screen; BAL tells of each', async () => {
    const { id, number } = await newCustomer();
    const old = await bookLease(database, config, { customerId: id });
    const weeksAgo = (weeks: number) => new Date(Date.now() - weeks * 7 * 86_400_000).toISOString();
    await old.pays(weeksAgo(3), 20_000);
    await old.handOver(weeksAgo(3));
    const isLate = { status: 'in_arrears', createdAt: new Date(weeksAgo(4)) } as const;
    await database.db.update(leases).set(isLate).where(eq(leases.id, old.id));
    const fresh = await bookLease(database, config, { customerId: id });
    await fresh.pays(weeksAgo(0), 20_000);
    await fresh.handOver(weeksAgo(0));
    await text(`b2-${number}`, number, 'BAL');
    const [first, second, none] = (sent[0] ?? '').split('\n');
    expect(first).toMatch(new RegExp(`Late: [1-9]\\d,\\d{3} UGX.*${old.reference}`));
    expect([second, none]).toEqual([expect.stringContaining(`${fresh.reference}: 10,000 UGX due`), undefined]);
    const dial = (typed: string) =>
      answerUssd(phone(), { sessionId: `two-${number}`, phone: number, code: '*1#', text: typed }, () => {});
    const menu = await dial('');
    expect(menu.text).toMatch(/^Bajaj Boxer: [1-9]\d,\d{3} UGX is late\n1 /);
    const item = /^(\d) My other leases$/m.exec(`${menu.text}\n${(await dial('98')).text}`)?.[1] ?? '';
    const list = (await dial(`98*${item}`)).text;
    expect(list).toMatch(new RegExp(`1 Bajaj Boxer ${old.reference}: .*\n2 Bajaj Boxer ${fresh.reference}: `));
    expect((await dial(`98*${item}*2`)).text).toContain('\nAnother lease is late.\n');
  });

  it('that pays comes again for the same lease, whatever became of that since', async () => {
    const { id, number } = await newCustomer();
    const first = await leaseOf(id, 'active', 1);
    const other = await leaseOf(id, 'active', 0);
    // Neither can be paid for now: what counts is which is.
    const areTheirs = inArray(methods.id, [first.methodId, other.methodId]);
    await database.db.update(methods).set({ deletedAt: new Date() }).where(areTheirs);
    const isIt = eq(inboundTexts.key, 'sms-paid-1');
    const paid = async () => {
      // The process dies before it is answered, and the gateway sends it again.
      await text('paid-1', number, 'PAY 5000');
      const [row] = await database.db.update(inboundTexts).set({ answeredAt: null }).where(isIt).returning();
      return row?.leaseId;
    };
    expect(await paid()).toBe(first.id);
    const isTold = and(eq(audit.leaseId, first.id), eq(audit.type, 'lease.text_pays'));
    expect(await database.db.select({ actor: audit.actor }).from(audit).where(isTold)).toMatchObject([
      { actor: { role: 'customer', id } },
    ]);
    await database.db.update(leases).set({ status: 'completed' }).where(eq(leases.id, first.id));
    expect(await paid()).toBe(first.id);
    await database.db.delete(inboundTexts).where(isIt);
    expect(await paid()).toBe(other.id);
  });

  it('that pays for what is only applied for is answered how that stands, not that there is nothing', async () => {
    const { id, number } = await newCustomer();
    const [reference, nobodys] = [leaseReference(randomBytes(8)), leaseReference(randomBytes(8))];
    const lease = await leaseOf(id, 'verifying', 0);
    await database.db.update(leases).set({ reference }).where(eq(leases.id, lease.id));
    for (const [n, said] of ['BAL', 'PAY 20000', `PAY 20000 ${reference}`, `PAY 20000 ${nobodys}`].entries())
      await text(`p${n}-${number}`, number, said);
    const [balance = '', ...others] = sent;
    expect(balance).toContain(reference);
    expect(others).toEqual([balance, balance, expect.stringContaining(`no lease ${nobodys}`)]);
  });

  it('for a person is answered once an hour, so that two machines do not talk to each other', async () => {
    const { id, number } = await newCustomer();
    for (let n = 0; n < 5; n += 1) await text(`u${n}`, number, 'I am driving and will answer later');
    expect(sent).toEqual([expect.stringContaining('An agent has your message')]);
    expect(await database.db.select().from(tickets).where(eq(tickets.customerId, id))).toHaveLength(1);
  });

  it.each(['"STOP"', 'Stop. Thank you', 'STOPALL', 'STOP\nSent from my phone', 'ＳＴＯＰ'])(
    '%j ends what he is told, and opens no ticket',
    async (body) => {
      const { id, number } = await newCustomer();
      await text(`o-${number}`, number, body);
      expect(sent).toEqual([expect.stringContaining('no more texts')]);
      const isHis = eq(suppressions.phoneHash, hashOf(number));
      expect(await database.db.select().from(suppressions).where(isHis)).toHaveLength(1);
      expect(await database.db.select().from(tickets).where(eq(tickets.customerId, id))).toEqual([]);
    },
  );

  it('STOP of whoever had the number before is none of the customer who registers with it', async () => {
    const from = '+256772000889';
    const stop = async (n: number) => {
      await text(`gone-${n}`, from, 'STOP');
      return database.db.$count(suppressions, eq(suppressions.phoneHash, hashOf(from)));
    };
    const isHeld = async (customerId: string | null) => {
      const addressee = await findAddressee(database.db, customerId ?? '', null);
      expect(addressee?.stopped !== null).toBe(await isStopped(database.db, customerId ?? ''));
      return addressee?.stopped !== null;
    };
    const is = { phone: from, name: 'Somebody Else', market: 'UG' } as const;
    const registers = (isNamedByOther: boolean) =>
      transact(database.db, system('visitor'), new Date(), (context) =>
        createCustomer(context, deps.encryption, { ...is, isNamedByOther }),
      );
    expect(await stop(1)).toBe(1);
    const id = await registers(false);
    expect(await isHeld(id)).toBe(false);
    // What he says himself holds, however often he registers.
    expect(await stop(2)).toBe(1);
    expect([await registers(false), await isHeld(id)]).toEqual([null, true]);
    // Whom another has named did not come himself.
    await database.db
      .update(users)
      .set({ phoneHash: `${id}` })
      .where(eq(users.id, id ?? ''));
    expect(await isHeld(await registers(true))).toBe(true);
  });

  it.each([
    ['Nimepata ajali, naomba msaada', 'accident', 'urgent'],
    ['My bike was STOLEN last night', 'theft', 'urgent'],
    ['My bike does not start', 'other', 'low'],
  ])('%j opens a ticket of the category %s, which is %s', async (body, category, priority) => {
    const { id, number } = await newCustomer();
    await text(`k-${number}`, number, body);
    const opened = await database.db.select().from(tickets).where(eq(tickets.customerId, id));
    expect(opened).toMatchObject([{ category, priority }]);
  });

  it('of four digits, which may be a PIN, is read by nobody', async () => {
    const { id, number } = await newCustomer();
    await text('p1', number, ' 4071 ');
    expect(sent).toEqual([expect.stringContaining('Never send a code or PIN')]);
    expect(await database.db.select().from(tickets).where(eq(tickets.customerId, id))).toEqual([]);
  });

  it.each([
    ['Pay day is on Friday, my wife is in hospital', 'message'],
    ['PAY failed, money was taken from my phone', 'message'],
    ['PAY 5000,00', 'asked again'],
    ['PAY 10,50', 'asked again'],
  ])('%j is a %s', async (body, as) => {
    const { id, number } = await newCustomer();
    await leaseOf(id, 'active', 0);
    await text(`y-${number}`, number, body);
    const isMessage = as === 'message';
    expect(sent).toEqual([expect.stringContaining(isMessage ? 'An agent has your message' : 'without cents')]);
    const opened = await database.db.select().from(tickets).where(eq(tickets.customerId, id));
    expect(opened).toHaveLength(isMessage ? 1 : 0);
  });

  it('of a digit or of thanks opens no ticket: the digit says how content he is with what was resolved', async () => {
    const { id, number } = await newCustomer();
    const own = eq(tickets.customerId, id);
    await text('r1', number, 'My bike does not start');
    await database.db
      .update(tickets)
      .set({ status: 'resolved', runningSince: null, escalatesAt: null, resolvedAt: new Date() })
      .where(own);
    for (const [n, body] of ['Thanks!', '5', '5', '2'].entries()) await text(`r2${n}`, number, body);
    const [only, ...others] = await database.db.select().from(tickets).where(own);
    expect([only?.rating, only?.status, others]).toEqual([5, 'resolved', []]);
    expect(sent.slice(1)).toEqual([
      expect.stringContaining('how content'),
      expect.stringContaining('how content'),
      expect.stringContaining('Send BAL'),
    ]);
  });

  it('for a person is answered by text, and so is what was typed by USSD; what was written in the app is not', async () => {
    const { id, number } = await newCustomer();
    const agent = uuidv7();
    await database.db.insert(users).values({ id: agent, role: 'agent', name: 'Agent', email: `${agent}@example.com` });
    const by = <T>(actor: Actor, work: (context: Context) => Promise<T>) =>
      transact(database.db, actor, new Date(), work);
    const writes = (actor: Actor, ticketId: string, body: string) =>
      by(actor, (context) =>
        addMessage(context, deps, { id: uuidv7(), ticketId, body, internal: false, attachments: [] }),
      );
    const own = async () => {
      const [row] = await database.db.select().from(tickets).where(eq(tickets.customerId, id));
      if (row === undefined) throw new Error('there is no ticket');
      return row;
    };
    const notice = async () => noticeOfAnswer(phone(), await own(), await untoldOf(database.db, (await own()).id));
    await text(`a-${number}`, number, 'My brakes are gone, what do I do?');
    const ticket = await own();
    await writes({ role: 'agent', id: agent }, ticket.id, 'Do not ride.');
    await writes({ role: 'agent', id: agent }, ticket.id, 'Bring it to Ntinda.');
    expect(await notice()).toEqual({ template: 'answer', said: 'Do not ride.\nBring it to Ntinda.' });
    await writes({ role: 'customer', id }, ticket.id, 'Thank you, I have the app now');
    expect(await notice()).toEqual({ template: 'answered', category: 'other' });
    const dial = (typed: string) =>
      answerUssd(phone(), { sessionId: `a-${number}`, phone: number, code: '*1#', text: typed }, () => {});
    const item = /^(\d) Talk to us$/m.exec((await dial('')).text)?.[1] ?? '';
    await dial(item);
    expect((await dial(`${item}*Where is Ntinda?`)).text).toContain('An agent has your message');
    expect(await notice()).toMatchObject({ template: 'answer' });
  });

  it('of a customer who is disabled tells him nothing, and ends what he is told', async () => {
    const { id, number } = await newCustomer();
    await leaseOf(id, 'active', 0);
    await database.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, id));
    for (const [n, said] of ['BAL', 'PAY 5000', 'Hello', 'STOP'].entries()) await text(`v${n}`, number, said);
    expect(sent.join(' ')).not.toMatch(/\d,\d{3}/);
    expect(await database.db.select().from(tickets).where(eq(tickets.customerId, id))).toEqual([]);
    const isHis = eq(suppressions.phoneHash, hashOf(number));
    expect(await database.db.select().from(suppressions).where(isHis)).toHaveLength(1);
  });
});

describe('a code that was texted to the customer', () => {
  const by = <T>(actor: Actor, work: (context: Context) => Promise<T>) =>
    transact(database.db, actor, new Date(), work);
  const fresh = (number: string, purpose?: 'pin') =>
    by(system('visitor'), (context) => makeCode(context, deps.encryption, hashOf(number), purpose));
  const logsIn = (number: string, code: string) =>
    by(system('visitor'), (context) =>
      takeCode(context, deps.encryption, { phoneHash: hashOf(number), code, againWithinMs: 900_000 }),
    );
  /** All that people may read of a customer: what he has texted, his tickets and what is in them. */
  async function readOf(id: string) {
    const own = await database.db.select().from(tickets).where(eq(tickets.customerId, id));
    const messages = await Promise.all(own.map((ticket) => messagesOf(database.db, ticket.id, true)));
    const texts = await database.db.select().from(inboundTexts).where(eq(inboundTexts.userId, id));
    const sealed = [
      ...own.map(({ subjectEncrypted }) => subjectEncrypted),
      ...messages.flat().map(({ bodyEncrypted }) => bodyEncrypted),
      ...texts.flatMap(({ bodyEncrypted, rawEncrypted }) => [bodyEncrypted, rawEncrypted ?? '']),
    ];
    return sealed.filter((one) => one !== '').map((one) => deps.encryption.decrypt(one));
  }
  const spaced = (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`;

  it.each([
    ['alone, by SMS', (code: string) => code, 'Never send a code or PIN'],
    ['in a text, by SMS', (code: string) => `They ask me for ${spaced(code)}, why?`, 'Never send a code to anybody'],
  ])('%s, is read by nobody and logs nobody in', async (_, said, told) => {
    const { id, number } = await newCustomer();
    const code = await fresh(number);
    await text(`c-${number}`, number, said(code));
    expect(sent).toEqual([expect.stringContaining(told)]);
    expect((await readOf(id)).join(' ')).not.toMatch(new RegExp(`${code}|${spaced(code)}`));
    expect(await logsIn(number, code)).toBe(false);
    // Another one does.
    const next = await fresh(number);
    expect(await logsIn(number, next)).toBe(true);
  });

  it('is good for what it was texted for, and nothing else', async () => {
    const { id, number } = await newCustomer();
    const resets = (code: string) =>
      by(system('visitor'), (context) =>
        resetPinByCode(context, deps.encryption, { userId: id, phoneHash: hashOf(number), code }),
      );
    const login = await fresh(number);
    expect(await logsIn(number, login)).toBe(true);
    expect(await resets(login)).toMatchObject({ isRight: false });
    const pin = await fresh(number, 'pin');
    expect(await logsIn(number, pin)).toBe(false);
    expect(await resets(pin)).toMatchObject({ isRight: true });
    const given = await fresh(number, 'pin');
    await text(`p-${number}`, number, given);
    expect(await resets(given)).toMatchObject({ isRight: false });
  });

  it('is void also where it was taken before, and would be again for a while', async () => {
    const { number } = await newCustomer();
    const code = await fresh(number);
    expect([await logsIn(number, code), await logsIn(number, code)]).toEqual([true, true]);
    await text(`d-${number}`, number, code);
    expect(await logsIn(number, code)).toBe(false);
  });

  it('typed for an agent by USSD, or written in a ticket, is hidden there too, and he is told', async () => {
    const { id, number } = await newCustomer();
    const code = await fresh(number);
    const dial = (typed: string) =>
      answerUssd(phone(), { sessionId: `ask-${number}`, phone: number, code: '*1#', text: typed }, () => {});
    const menu = await dial('');
    const item = /^(\d) Talk to us$/m.exec(menu.text)?.[1] ?? '';
    await dial(item);
    expect((await dial(`${item}*It is ${code}`)).text).toContain('Never send a code');
    const other = await fresh(number);
    const customer = { role: 'customer', id } as const;
    const message = { id: uuidv7(), body: `Is ${other} right?`, internal: false, attachments: [] };
    const order = { id: uuidv7(), customerId: id, category: 'account', subject: `About ${other}`, message } as const;
    await by(customer, (context) => openTicket(context, deps, order));
    expect((await readOf(id)).toSorted()).toEqual([
      'About ••••••',
      'Is •••••• right?',
      'It is ••••••',
      'It is ••••••',
      'It is ••••••',
    ]);
    expect(await logsIn(number, other)).toBe(false);
    const told = await database.db.select().from(notifications).where(eq(notifications.userId, id));
    expect(told.map(({ template }) => template)).toContain('code_hidden');
  });

  it('of somebody else, and an amount, stay as they are', async () => {
    const [{ id, number }, other] = [await newCustomer(), await newCustomer()];
    const code = await fresh(other.number);
    await text(`e-${number}`, number, `I paid 120000 and ${code}`);
    expect((await readOf(id)).join()).toContain(`I paid 120000 and ${code}`);
    expect(await logsIn(other.number, code)).toBe(true);
  });
});

it('vehicles of one name are told apart in the list, and on the screen of the one that is chosen', async () => {
  const { db } = database;
  const { number } = await newCustomer();
  const old = await leaseOf((await newCustomer()).id, 'completed', 0);
  const fresh = await leaseOf((await newCustomer()).id, 'completed', 0);
  for (const [lease, year] of [
    [old, 2019],
    [fresh, 2024],
  ] as const) {
    const its = db.select({ id: leases.vehicleId }).from(leases).where(eq(leases.id, lease.id));
    await db.update(vehicles).set({ status: 'available', year }).where(inArray(vehicles.id, its));
  }
  const { vehicleTypes, ...terms } = weeklyPlan;
  await db.insert(plans).values({ ...terms, vehicleTypes: [...vehicleTypes] });
  const dial = (typed: string) =>
    answerUssd(phone(), { sessionId: `v-${number}`, phone: number, code: '*1#', text: typed }, () => {});
  await dial('');
  let typed = '';
  let screen = '';
  // The first type, the first plan.
  for (const choice of ['1', '1', '1']) {
    typed = typed === '' ? choice : `${typed}*${choice}`;
    screen = (await dial(typed)).text;
  }
  expect(screen).toMatch(
    /Bajaj Boxer 2019 [\d,]+ UGX\n.*Bajaj Boxer 2024 [\d,]+ UGX|Bajaj Boxer 2024 [\d,]+ UGX\n.*2019/,
  );
  const [, item = ''] = /^(\d) Bajaj Boxer 2024/m.exec(screen) ?? [];
  expect((await dial(`${typed}*${item}`)).text).toContain('Bajaj Boxer 2024');
});

describe('what takes longer than a phone waits', () => {
  const step = (sessionId: string, number: string, typed: string, patience = '0') =>
    answerUssd(phone(patience), { sessionId, phone: number, code: '*1#', text: typed }, () => {});
  const late = () => eventually('a text', async () => (sent.length > 0 ? sent[0] : undefined));

  it('is texted as what came of it, never as a question, also where the gateway was away for a second', async () => {
    const { id, number } = await newCustomer();
    const lease = await leaseOf(id, 'reserved', 0);
    const hash = await hashPin(deps.encryption, hashOf(number), '4071');
    await transact(database.db, { role: 'customer', id }, new Date(), (context) => setPin(context, id, hash));
    await step('wrong', number, '', '10000');
    const sign = await step('wrong', number, '1', '10000');
    expect(sign.text).toContain('PIN');
    refuses = 1;
    expect((await step('wrong', number, '1*4444')).type).toBe('END');
    expect(await late()).toBe('Wrong PIN.\nIt took too long for your phone. Please dial again.');
    const [row] = await database.db.select().from(leases).where(eq(leases.id, lease.id));
    expect(row?.status).toBe('reserved');
    expect(sent).toHaveLength(1);
  });

  it('is waited for where it leads to another question: of that nothing could be texted', async () => {
    const number = `+256772000${(serial += 1)}`;
    for (const typed of ['', '1', '1*Grace Nakato', '1*Grace Nakato*4071'])
      expect(await step('newcomer', number, typed), typed).toMatchObject({ type: 'CON' });
  });

  it('stays a secret where it is one', async () => {
    const { id, number } = await newCustomer();
    const lease = await leaseOf(id, 'active', 0);
    const code = { id: uuidv7(), key: randomUUID(), userId: id, leaseId: lease.id, channel: 'sms' } as const;
    const bodyEncrypted = deps.encryption.encrypt('Your code is 482913');
    await database.db.insert(notifications).values({ ...code, template: 'restart_code', bodyEncrypted });
    await step('code', number, '', '10000');
    await step('code', number, '1');
    expect(await late()).toContain('482913');
    const rows = await database.db.select().from(notifications).where(eq(notifications.userId, id));
    expect(rows.map(({ template }) => template)).toEqual(['restart_code', 'restart_code']);
  });
});
