import type { Context } from 'hono';
import { request } from 'undici';
import { z } from 'zod';
import { struckBy } from './faults.ts';
import { toE164 } from './phones.ts';
import { badField, checked, jsonBody } from './problem.ts';
import type { Message } from './records.ts';
import { routes, type Simulator } from './simulator.ts';
import { fits } from './tokens.ts';

const text = z.string().min(1).max(100_000);
const mailBody = z.object({
  to: z.union([z.email(), z.array(z.email()).min(1)]).transform((to) => (Array.isArray(to) ? to : [to])),
  from: z.string().max(320).default(''),
  subject: z.string().max(998).default(''),
  body: text.optional(),
  text: text.optional(),
  html: text.optional(),
});

/** Newest first, of one recipient or of all. */
export async function list(c: Context, { store }: Simulator, channel: Message['channel']): Promise<Response> {
  const asked = c.req.query('to');
  const limit = Number(c.req.query('limit') ?? 1_000);
  if (!Number.isInteger(limit) || limit < 1) throw badField('limit', 'must be a whole number of at least 1');
  const to = asked !== undefined && channel === 'sms' ? toE164(asked) : asked?.toLowerCase();
  if (asked !== undefined && to === undefined) throw badField('to', 'is no phone number');
  await store.settled();
  const data = store
    .messages(channel)
    .filter((message) => to === undefined || message.to.toLowerCase() === to)
    .slice(-limit)
    .toReversed()
    .map(sentMessage);
  return c.json({ data });
}

/** A message as the lists have it. */
export function sentMessage({ id, to, body, at, details }: Message) {
  return { id, to, ...details, body, sentAt: new Date(at).toISOString() };
}

/** Keeps what was sent. */
export function keep(
  { store, random }: Simulator,
  message: Pick<Message, 'channel' | 'to' | 'body' | 'details'>,
): Promise<Message> {
  const ordinal = store.messages(message.channel).length;
  const kept: Message = { ...message, type: 'message', id: random.uuid(message.channel, ordinal), at: Date.now() };
  return store.add(kept).then(() => kept);
}

/** Africa's Talking: `POST /version1/messaging`; and `GET /` for the messages that were sent. */
export function smsRoutes(simulator: Simulator) {
  const { settings, faults } = simulator;
  const app = routes();
  app.get('/', (c) => list(c, simulator, 'sms'));
  app.use(struckBy(faults, 'sms', (status) => new Response('The service is not available.', { status })));
  app.post('/version1/messaging', async (c) => {
    if (!fits(settings.AFRICASTALKING_API_KEY, c.req.header('apikey'))) {
      return c.text('The supplied authentication is invalid', 401);
    }
    const form = new URLSearchParams(await c.req.text());
    const [username, body] = [form.get('username'), form.get('message')];
    if (!fits(settings.AFRICASTALKING_USERNAME, username ?? undefined))
      return c.text('The supplied authentication is invalid', 401);
    const recipients = (form.get('to') ?? '').split(',').filter((number) => number.trim() !== '');
    if (!body || recipients.length === 0) return c.text(`Must have ${body ? 'to' : 'message'} in your request`, 400);
    const details = form.get('from') ? { from: form.get('from') ?? '' } : {};
    const answers = await Promise.all(recipients.map((number) => sendText(simulator, number, body, details)));
    const sent = answers.filter(({ statusCode }) => statusCode === 101).length;
    const Message = `Sent to ${sent}/${answers.length} Total Cost: UGX ${sent * 25}`;
    return c.json({ SMSMessageData: { Message, Recipients: answers } }, 201);
  });
  return app;
}

async function sendText(simulator: Simulator, number: string, body: string, details: Message['details']) {
  const to = toE164(number);
  if (to === undefined) return { statusCode: 403, number, status: 'InvalidPhoneNumber', cost: '0', messageId: 'None' };
  const { id } = await keep(simulator, { channel: 'sms', to, body, details });
  const messageId = `ATXid_${id.replaceAll('-', '')}`;
  tellOfReceipt(simulator, messageId, to);
  return { statusCode: 101, number: to, status: 'Success', cost: 'UGX 25.0000', messageId };
}

/** Milliseconds until a phone has told its network of a text. */
const RECEIPT = 50;

/**
 * Posts the delivery report of a text, where somebody said where to. Phones ending in 031 are switched off: what they are
 * sent fails. It is sent once, as gateways do.
 */
function tellOfReceipt({ settings }: Simulator, id: string, phoneNumber: string): void {
  const url = settings.SIMULATOR_SMS_REPORT_URL;
  if (url === undefined) return;
  const isOff = phoneNumber.endsWith('031');
  const report = isOff ? { status: 'Failed', failureReason: 'AbsentSubscriber' } : { status: 'Success' };
  const form = new URLSearchParams({ id, phoneNumber, ...report, retryCount: '0', networkCode: '64110' });
  postLater(url, 'application/x-www-form-urlencoded', form.toString());
}

/** Posts a report once, whatever comes of it. */
export function postLater(url: string, type: string, body: string): void {
  const post = () =>
    request(url, { method: 'POST', headers: { 'content-type': type }, body }).then(
      (answer) => answer.body.dump(),
      () => undefined,
    );
  setTimeout(() => void post(), RECEIPT).unref();
}

/** Mail over HTTP: `POST /` `{to, subject, text | html | body}`, and `GET /` for what was sent. */
export function mailRoutes(simulator: Simulator) {
  const app = routes();
  app.get('/', (c) => list(c, simulator, 'mail'));
  app.use(struckBy(simulator.faults, 'mail', (status) => new Response('The service is not available.', { status })));
  app.post('/', async (c) => {
    const { to, from, subject, body, text: plain, html } = checked(mailBody, await jsonBody(c));
    const content = body ?? plain ?? html;
    if (content === undefined) throw badField('body', 'is needed (or text, or html)');
    const details = { from, subject, ...(html !== undefined && { html }) };
    const kept = await Promise.all(
      to.map((one) => keep(simulator, { channel: 'mail', to: one, body: content, details })),
    );
    return c.json({ id: kept[0]?.id }, 202);
  });
  return app;
}
