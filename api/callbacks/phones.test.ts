import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  audit,
  immobilisations,
  inboundTexts,
  leases,
  notifications,
  pins,
  sessions,
  ussdSessions,
} from '#db/schema/index';
import { eventually } from '#dev/client';
import { photo } from '#dev/journey';
import { SimulatorClient } from '#dev/simulator-client';
import { leaseReference } from '#domain/leases/reference';
import { MOST_CHARACTERS } from '#domain/ussd/show';
import { cast, leaseIn, newCustomer, type Cast } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';

let platform: TestPlatform;
let staff: Cast;
let world: SimulatorClient;
beforeAll(async () => {
  // A machine that is busy with something else hashes a PIN in more than a second.
  platform = await startTestPlatform({ USSD_PATIENCE_MS: '6000' });
  staff = await cast(platform);
  world = new SimulatorClient(platform.simulators);
});
afterAll(() => platform.close());

const db = () => platform.database.db;
const SECRET = 'the-secret-of-callbacks';
const lastText = async (to: string) => (await texts(to))[0] ?? '';

/** Somebody who dials and types. */
class Phone {
  readonly number: string;
  sessionId: string | undefined;
  screen = '';
  type: 'CON' | 'END' = 'END';

  constructor(number: string) {
    this.number = number;
  }

  async dial(text = ''): Promise<string> {
    this.sessionId = undefined;
    return this.press(text);
  }

  async press(text: string): Promise<string> {
    const { sessionId } = this;
    const answer = await world.post('/ussd', {
      body: { phone: this.number, text, ...(sessionId === undefined ? {} : { sessionId }) },
    });
    expect(`${answer.type} ${answer.text}`.length).toBeLessThanOrEqual(MOST_CHARACTERS);
    this.sessionId = answer.sessionId;
    this.type = answer.type;
    this.screen = answer.text;
    return answer.text;
  }

  /** Chooses what a screen calls so, on whichever of its pages it is. */
  async choose(label: string): Promise<string> {
    for (let page = 0; page < 10; page += 1) {
      const [, number] = new RegExp(`^(\\d+) .*${label}`, 'm').exec(this.screen) ?? [];
      if (number !== undefined) return this.press(number);
      await this.press('98');
    }
    throw new Error(`there is no ${label} on: ${this.screen}`);
  }
}

it('takes a customer without a smartphone from registration to ownership', async () => {
  const phone = new Phone('+256772458119');
  const { number } = phone;
  expect(await phone.dial()).toContain('1 English');
  expect(await phone.press('1')).toContain('Your full name');
  expect(await phone.press('Grace * Nakato')).toContain('Choose a PIN');
  expect(await phone.press('1234')).toContain('hard to guess');
  await phone.press('4071');
  expect(await phone.press('4072')).toContain('They differ');
  await phone.press('4071');
  expect(await phone.press('4071')).toContain('Welcome!');
  await phone.choose('Find a vehicle');
  await phone.choose('Motorcycle');
  await phone.choose('weekly');
  await phone.choose('Boxer');
  expect(phone.screen).toContain('52 times');
  expect(await phone.choose('Apply')).toContain('You have applied');
  expect(phone.type).toBe('END');

  const { agent } = staff;
  const { id, customerId } = await eventually('an application without papers', async () => {
    const { data } = await agent.get('/v1/leases', { query: { status: 'verifying' } });
    return data[0];
  });
  const lease = () => agent.get('/v1/leases/{id}', { path: { id } });
  const leaseIs = (status: string) =>
    eventually(`the lease to be ${status}`, async () => ((await lease()).status === status ? true : undefined));
  expect(await phone.dial()).toContain('an agent will see your papers');

  const documents: string[] = [];
  for (const kind of ['idFront', 'idBack', 'selfie']) {
    const form = new FormData();
    form.set('kind', kind);
    form.set('customerId', customerId);
    form.set('file', photo(kind), `${kind}.jpg`);
    documents.push((await agent.post('/v1/kyc/documents', { body: form })).id);
  }
  const { noticeVersion } = await agent.get('/v1/kyc/notice');
  const papers = { documentType: 'nationalId', documentNumber: 'CM90123456ABCD', country: 'UG' } as const;
  const consent = { granted: true, noticeVersion } as const;
  await agent.post('/v1/kyc/submissions', { body: { ...papers, consent, documents, customerId } });
  await leaseIs('offered');

  await phone.dial();
  await phone.choose('Accept the offer');
  expect(await phone.choose('Accept')).toContain('Sign with your PIN');
  expect(await phone.press('4444')).toContain('Wrong PIN');
  // The session drops: what was confirmed is there, and the next begins where it stands.
  expect(await phone.dial()).toContain('held for you');
  await phone.choose('Sign');
  expect(await phone.press('4071')).toContain('Now confirm the deposit');
  expect(phone.type).toBe('END');
  await leaseIs('awaiting_handover');
  const [signed] = await db().select().from(leases).where(eq(leases.id, id));
  expect(signed?.signedName).toBe('Grace * Nakato');

  await agent.post('/v1/leases/{id}/handover', { path: { id }, body: { odometerKm: 10 } });
  await phone.dial();
  expect(await phone.choose('My balance')).toMatch(/% is yours/);
  await phone.dial();
  await phone.choose('Days off');
  await phone.choose('Illness');
  expect(await phone.press('40')).toContain('Type 1 to 14 days');
  await phone.press('3');
  expect(await phone.choose('Yes')).toContain('Nothing is collected before');
  expect(await phone.dial()).toContain('days off until');
  expect(await phone.choose('End my days off')).toContain('Your days off are over');
  // Nothing is due in five days, and a line in nine.
  for (const [days, said] of [
    ['5', 'more than is due by then'],
    ['9', 'We expect'],
  ] as const) {
    await phone.dial();
    await phone.choose('Promise to pay');
    await phone.press(days);
    await phone.press('1');
    expect(await phone.choose('Yes')).toContain(said);
  }

  const { outstanding } = await lease();
  await phone.dial();
  await phone.choose('Pay');
  await phone.choose('Another amount');
  expect(await phone.press(`${outstanding.amount}`)).toContain('Pay ');
  expect(await phone.choose('Yes')).toContain('Confirm');
  await leaseIs('completed');
  expect(await phone.dial()).toContain('it is yours!');
  expect((await lease()).ownedPercent).toBe(100);
  const { data: charged } = await world.get('/transactions', { query: { payer: number } });
  expect(charged.filter(({ status }) => status === 'charged')).toHaveLength(2);
}, 120_000);

/** A phone of a customer who has registered and signed with a PIN, in the place of what the story above shows. */
async function phoneOf(customer: { readonly phone: string }, pin = '4071'): Promise<Phone> {
  const phone = new Phone(customer.phone);
  await phone.dial();
  await phone.choose('My PIN');
  await phone.press(pin);
  expect(await phone.press(pin)).toContain('Your PIN is set');
  return phone;
}

const post = (channel: 'ussd' | 'sms', form: Readonly<Record<string, string>>, secret = SECRET) =>
  fetch(`${platform.url}/v1/callbacks/${channel}/${secret}`, { method: 'POST', body: new URLSearchParams(form) });
const texts = async (to: string) => (await world.get('/sms', { query: { to } })).data.map(({ body }) => body);
const textsAre = (to: string, count: number) =>
  eventually(`${count} texts to a phone`, async () => {
    const bodies = await texts(to);
    return bodies.length >= count ? bodies : undefined;
  });

describe('a request of the gateway', () => {
  it('that comes twice, also at once, does nothing twice and is answered the same', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const step = async (text: string) => {
      const form = { sessionId: 'ATUid_twice', phoneNumber: customer.phone, serviceCode: '*384#', text };
      return (await post('ussd', form)).text();
    };
    const menu = await step('');
    const [, pay = ''] = /(\d) Pay/.exec(menu) ?? [];
    await step(pay);
    await step(`${pay}*2`);
    await step(`${pay}*2*7000`);
    const answers = await Promise.all(Array.from({ length: 3 }, () => step(`${pay}*2*7000*1`)));
    answers.push(await step(`${pay}*2*7000*1`));
    expect(new Set(answers)).toEqual(new Set([expect.stringMatching(/^END Confirm 7,000 UGX/)]));
    // What is older than that, and what is more of a session that is over, changes nothing either.
    expect(await step(pay)).toBe(answers[0]);
    expect(await step(`${pay}*2*7000*1*1`)).toBe(answers[0]);
    const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id } });
    expect(data.filter(({ amount }) => amount.amount === 7_000)).toHaveLength(1);
  });

  it('with a wrong secret is 404, and one that is no step 400', async () => {
    const form = { sessionId: 'ATUid_forged', phoneNumber: '+256772000001', serviceCode: '*384#', text: '' };
    for (const channel of ['ussd', 'sms'] as const)
      expect((await post(channel, form, 'another-secret-of-them')).status).toBe(404);
    expect((await post('ussd', { text: '' })).status).toBe(400);
    expect((await post('ussd', { ...form, phoneNumber: 'nobody' })).status).toBe(400);
    expect(await db().select().from(ussdSessions).where(eq(ussdSessions.id, 'ATUid_forged'))).toEqual([]);
  });

  it('that another phone sends in a session shows nothing of it', async () => {
    const customer = await newCustomer(platform, { verified: false });
    const form = { sessionId: 'ATUid_shared', serviceCode: '*384#', text: '' };
    await post('ussd', { ...form, phoneNumber: customer.phone });
    const answer = await post('ussd', { ...form, phoneNumber: '+256772999998' });
    expect(await answer.text()).toMatch(/^END That is not possible/);
  });
});

it('locks a PIN that is guessed wrong five times, and counts a repeated guess once', async () => {
  const customer = await newCustomer(platform);
  const phone = await phoneOf(customer);
  const { id } = await leaseIn('reserved', customer, staff);
  await phone.dial();
  await phone.choose('Sign');
  for (const wrong of ['0001', '0002', '0003', '0004']) expect(await phone.press(wrong)).toContain('Wrong PIN');
  const session = phone.sessionId ?? '';
  const [kept] = await db().select().from(ussdSessions).where(eq(ussdSessions.id, session));
  expect(JSON.stringify(kept)).not.toMatch(/000[1-4]/);
  const [pin] = await db().select().from(pins).where(eq(pins.userId, customer.id));
  expect(pin).toMatchObject({ wrongTries: 4, lockedUntil: null, hash: expect.stringMatching(/^scrypt/) });
  expect(await phone.press('0005')).toContain('locked');
  await phone.dial();
  await phone.choose('Sign');
  expect(await phone.press('4071')).toContain('locked');
  const [lease] = await db().select().from(leases).where(eq(leases.id, id));
  expect(lease?.status).toBe('reserved');

  // He has forgotten it: a code from an SMS lets him choose another, and guessing begins anew.
  await phone.dial();
  await phone.choose('My PIN');
  expect(await phone.choose('Forgotten')).toContain('code that we text you');
  const code = await eventually('a code', async () => /With (\d{6}) you/.exec(await lastText(phone.number))?.[1]);
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  expect(await phone.press(wrong)).toContain('Wrong code');
  expect(await phone.press(code)).toContain('Choose a PIN');
  await phone.press('5283');
  expect(await phone.press('5283')).toContain('Your PIN is set');
  await eventually(
    'the warning',
    async () => (await texts(phone.number)).some((one) => one.includes('taken away')) || undefined,
  );
  await phone.dial();
  await phone.choose('Sign');
  expect(await phone.press('4071')).toContain('Wrong PIN');
  expect(await phone.press('5283')).not.toContain('PIN');

  // Staff take it away for somebody who cannot; again it changes nothing, and he is told once.
  for (const _ of [1, 2]) await staff.agent.delete('/v1/users/{id}/pin', { path: { id: customer.id } });
  await eventually('the text', async () => {
    const told = (await texts(phone.number)).filter((one) => one.includes('taken away'));
    return told.length === 2 ? true : undefined;
  });
  expect(await db().select().from(pins).where(eq(pins.userId, customer.id))).toEqual([]);
  const entries = await db().select().from(audit).where(eq(audit.subject, customer.id));
  const resets = entries.filter(({ type }) => type === 'user.pin_reset').map(({ actor }) => actor.role);
  expect(resets).toEqual(['customer', 'agent']);
});

it('a customer takes his PIN away by the API, who has just logged in or has a fresh code', async () => {
  const customer = await newCustomer(platform);
  await phoneOf(customer);
  const isTheirs = eq(sessions.userId, customer.id);
  await db()
    .update(sessions)
    .set({ createdAt: new Date(Date.now() - 3_600_000) })
    .where(isTheirs);
  await expect(customer.client.delete('/v1/me/pin', { body: {} })).rejects.toMatchObject({ status: 403 });
  expect(await db().select().from(pins).where(eq(pins.userId, customer.id))).toHaveLength(1);
  await customer.client.post('/v1/auth/otp', { body: { phone: customer.phone } });
  const code = await eventually('a code', async () => /^(\d{6}) /.exec(await lastText(customer.phone))?.[1]);
  for (const _ of [1, 2]) await customer.client.delete('/v1/me/pin', { body: { code } });
  expect(await db().select().from(pins).where(eq(pins.userId, customer.id))).toEqual([]);
});

it('speaks another market’s money and the customer’s language, and asks whose the number is where it cannot tell', async () => {
  const phone = new Phone('+254730458119');
  await phone.dial();
  expect(await phone.press('3')).toContain('Jina lako kamili');
  for (const typed of ['Wanjiru Kamau', '4071', '4071']) await phone.press(typed);
  expect(phone.screen).toContain('Karibu!');
  await phone.choose('Tafuta chombo');
  await phone.choose('Pikipiki');
  await phone.choose('kila wiki');
  expect(phone.screen).toContain('KES');
  await phone.press('1');
  expect(await phone.choose('Omba')).toContain('mtandao');
  expect(await phone.choose('MPESA')).toContain('Umeomba');
  expect(await phone.dial()).toContain('wakala ataona hati zako');
  await phone.choose('Lugha');
  expect(await phone.choose('English')).toContain('an agent will see your papers');
  expect(await new Phone('+4915112345678').dial()).toContain('country where we are not yet');
});

it('goes on with what takes longer than a phone waits, and texts the result', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const phone = new Phone(customer.phone);
  await phone.dial();
  await phone.choose('Days off');
  await phone.choose('Holiday');
  await phone.press('2');
  const before = (await texts(customer.phone)).length;
  await platform.withoutWorkers(async () => {
    expect(await phone.choose('Yes')).toContain('We text you the result');
    expect(phone.type).toBe('END');
  });
  await eventually('the pause', async () => {
    const { status } = await customer.client.get('/v1/leases/{id}', { path: { id } });
    return status === 'paused' ? true : undefined;
  });
  await textsAre(customer.phone, before + 1);
});

it('takes the report of a theft from who knows the PIN', async () => {
  const customer = await newCustomer(platform);
  const { id } = await leaseIn('active', customer, staff);
  const phone = await phoneOf(customer);
  await phone.dial();
  await phone.choose('Report theft');
  expect(await phone.press('4444')).toContain('Wrong PIN');
  expect(await phone.press('4071')).toContain('We know of the theft');
  expect((await customer.client.get('/v1/leases/{id}', { path: { id } })).status).toBe('stolen');
  expect(await phone.dial()).toContain('reported stolen');
});

it('shows the code to start a vehicle with again, and keeps it nowhere in clear', async () => {
  const customer = await newCustomer(platform);
  const { id: leaseId } = await leaseIn('active', customer, staff);
  const phone = new Phone(customer.phone);
  expect(await phone.dial()).not.toContain('Restart code');
  const bodyEncrypted = platform.encryption.encrypt('Your restart code is 123 456 789.');
  const sent = { id: randomUUID(), key: `code-${leaseId}`, userId: customer.id, leaseId, channel: 'sms' } as const;
  await db()
    .insert(notifications)
    .values({ ...sent, template: 'restart_code', bodyEncrypted });
  await phone.dial();
  const session = phone.sessionId ?? '';
  expect(await phone.choose('Restart code')).toBe('Your restart code is 123 456 789.');
  const [kept] = await db().select().from(ussdSessions).where(eq(ussdSessions.id, session));
  expect(kept?.answerEncrypted).toBeTruthy();
  expect(JSON.stringify(kept)).not.toContain('123 456');
});

it('starts a vehicle that was stopped, once', async () => {
  const customer = await newCustomer(platform);
  const { id: leaseId, vehicleId } = await leaseIn('active', customer, staff);
  await db().update(leases).set({ status: 'immobilised' }).where(eq(leases.id, leaseId));
  const orderedBy = { role: 'system', id: 'test' } as const;
  await db().insert(immobilisations).values({
    id: randomUUID(),
    vehicleId,
    leaseId,
    cause: 'arrears',
    state: 'waiting',
    orderedBy,
    createdAt: new Date(),
  });
  const phone = new Phone(customer.phone);
  const start = async () => {
    await phone.dial();
    await phone.choose('Start the vehicle');
    return phone.choose('Yes');
  };
  expect(await start()).toContain('may move for 48 hours');
  await db().update(leases).set({ status: 'immobilised' }).where(eq(leases.id, leaseId));
  expect(await start()).toContain('started so before');
});

it('hands what is typed for an agent to one, as a ticket', async () => {
  const customer = await newCustomer(platform, { verified: false });
  const phone = new Phone(customer.phone);
  await phone.dial();
  await phone.choose('Talk to us');
  expect(await phone.press('My papers * are lost')).toContain('An agent has your message');
  const { data } = await customer.client.get('/v1/tickets');
  expect(data).toMatchObject([{ status: 'open', subject: 'My papers * are lost' }]);
});

describe('a text to the short code', () => {
  const text = (from: string, body: string) => world.post('/sms/inbound', { body: { from, text: body } });

  it('that is older than what was said since changes nothing of that, however late it comes', async () => {
    const { phone } = await newCustomer(platform);
    const before = (await texts(phone)).length;
    for (const [n, [word, date, holds]] of [
      ['STOP', '2026-11-30 10:30:00', 'no more texts'],
      ['START', '2026-11-30 10:20:00', 'no more texts'],
      ['START', '2026-11-30 10:40:00', 'texts again'],
      ['STOP', '2026-11-30 10:35:00', 'texts again'],
    ].entries()) {
      const form = { id: `late-${n}`, from: phone, to: '7368', text: word ?? '', date: date ?? '' };
      expect((await post('sms', form)).status).toBe(200);
      expect((await textsAre(phone, before + n + 1))[0]).toContain(holds);
    }
  });

  it('pays, tells the balance, and is answered once however often it comes', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const before = (await texts(customer.phone)).length;
    const form = { id: 'sms-1', from: customer.phone, to: '7368', text: 'pay 20,000', date: new Date().toISOString() };
    for (const _ of [1, 2, 3]) expect((await post('sms', form)).status).toBe(200);
    expect((await textsAre(customer.phone, before + 1))[0]).toContain('Confirm 20,000 UGX');
    const { data } = await customer.client.get('/v1/payments', { query: { leaseId: id } });
    expect(data.filter(({ amount }) => amount.amount === 20_000)).toHaveLength(1);
    await text(customer.phone, 'Bal');
    expect((await textsAre(customer.phone, before + 2))[0]).toMatch(/^Paid .* UGX/);
    await text(customer.phone, 'pay 20,0');
    expect((await textsAre(customer.phone, before + 3))[0]).toContain('PAY 20000');
    // A reference chooses, in whatever order; another one's is none of his.
    const { reference } = await customer.client.get('/v1/leases/{id}', { path: { id } });
    await text(customer.phone, `pay ${reference.toLowerCase()} 7000`);
    expect((await textsAre(customer.phone, before + 4))[0]).toContain(`(${reference})`);
    await text(customer.phone, `pay 7000 ${leaseReference(new Uint8Array(8))}`);
    expect((await textsAre(customer.phone, before + 5))[0]).toContain('You have no lease AAAAAAAAF');
    const kept = await db().select().from(inboundTexts).where(eq(inboundTexts.userId, customer.id));
    expect(kept.map(({ heardAs }) => heardAs).toSorted()).toEqual(['balance', 'pay', 'pay', 'pay', 'pay']);
    const raw = kept.find(({ key }) => key === 'sms-sms-1')?.rawEncrypted ?? '';
    expect(platform.encryption.decrypt(raw)).toContain('to=7368');
  });

  it('that the network brings twice under two ids, or on a screen too, asks for one payment', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    const before = (await texts(customer.phone)).length;
    const form = { from: customer.phone, to: '7368', text: 'PAY 9000', date: new Date().toISOString() };
    await Promise.all(['one', 'two'].map((n) => post('sms', { ...form, id: `twice-${n}` })));
    const paid = async () =>
      (await customer.client.get('/v1/payments', { query: { leaseId: id } })).data.filter(
        ({ amount }) => amount.amount === 9_000,
      );
    const said = (await textsAre(customer.phone, before + 2)).filter((body) => body.includes('9,000 UGX for'));
    expect(said.filter((body) => body.startsWith('Confirm'))).toHaveLength(1);
    expect(said.filter((body) => /on your phone|paid just now/.test(body))).toHaveLength(1);
    await eventually('it to be paid', async () => ((await paid())[0]?.status === 'succeeded' ? true : undefined));
    const phone = new Phone(customer.phone);
    await phone.dial();
    await phone.choose('Pay');
    await phone.choose('nother amount');
    await phone.press('9000');
    expect(await phone.press('1')).toContain('was paid just now');
    expect(await paid()).toHaveLength(1);
  });

  it('STOP ends all texts but legal notices and login codes, until START', async () => {
    const customer = await newCustomer(platform);
    const { id } = await leaseIn('active', customer, staff);
    await text(customer.phone, 'STOP');
    const stopped = await texts(customer.phone);
    expect(stopped[0]).toContain('no more texts');
    const ended = await customer.client.post('/v1/leases/{id}/pause', {
      path: { id },
      body: { kind: 'holiday', days: 2 },
    });
    expect(ended.status).toBe('paused');
    await customer.client.post('/v1/auth/otp', { body: { phone: customer.phone } });
    await textsAre(customer.phone, stopped.length + 1);
    await text(customer.phone, 'start');
    await textsAre(customer.phone, stopped.length + 2);
    expect((await texts(customer.phone)).filter((body) => body.includes('paused'))).toEqual([]);
    await customer.client.post('/v1/leases/{id}/resume', { path: { id }, body: {} });
    await customer.client.post('/v1/leases/{id}/pause', { path: { id }, body: { kind: 'repair', days: 1 } });
    await eventually('the text of a pause', async () =>
      (await texts(customer.phone)).some((body) => body.includes('is paused')) ? true : undefined,
    );
  });

  it('STOP is told where a screen would promise texts', async () => {
    const customer = await newCustomer(platform);
    await text(customer.phone, 'STOP');
    const phone = new Phone(customer.phone);
    await phone.dial();
    await phone.choose('Find a vehicle');
    await phone.choose('Motorcycle');
    await phone.choose('weekly');
    await phone.choose('Boxer');
    expect(await phone.choose('Apply')).toMatch(
      /^You have applied .* You have stopped our texts: send START to get them/,
    );
  });

  it('of another kind reaches an agent, and of a number of nobody’s gets one help a day', async () => {
    const customer = await newCustomer(platform, { verified: false });
    await text(customer.phone, 'Where is my motorcycle?');
    expect((await textsAre(customer.phone, 1))[0]).toContain('An agent has your message');
    await text(customer.phone, 'It was blue.');
    const { data } = await customer.client.get('/v1/tickets');
    expect(data).toHaveLength(1);
    const { messages } = await customer.client.get('/v1/tickets/{id}', { path: { id: data[0]?.id ?? '' } });
    expect(messages.map(({ body }) => body)).toEqual(['Where is my motorcycle?', 'It was blue.']);
    const stranger = '+256772999997';
    for (const said of ['HELP', 'hello', 'BAL', 'STOP']) await text(stranger, said);
    expect(await texts(stranger)).toEqual([expect.stringContaining('Or dial *384*7368#')]);
  });
});
