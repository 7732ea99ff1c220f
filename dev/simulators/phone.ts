import { request } from 'undici';
import { z } from 'zod';
import { toE164 } from './phones.ts';
import { badField, checked, jsonBody, Problem } from './problem.ts';
import { routes, type Simulator } from './simulator.ts';

/** What a network lets a session last, and a merchant take for an answer, in milliseconds. */
const SESSION = 180_000;
const PATIENCE = 10_000;
const SERVICE_CODE = '*384*7368#';
const SHORT_CODE = '7368';

export const ussdBody = z.strictObject({
  phone: z.string(),
  text: z.string().max(500).default(''),
  sessionId: z.string().max(100).optional(),
});
export const smsBody = z.strictObject({ from: z.string(), text: z.string().max(1_600) });

interface Session {
  readonly phone: string;
  /** All that was typed, joined by `*`; undefined before the first screen. */
  readonly text: string | undefined;
  readonly until: number;
}

/** A step of a session, as a phone shows it. */
export interface Screen {
  readonly sessionId: string;
  readonly type: 'CON' | 'END';
  readonly text: string;
}

/** Africa's Talking in front of a phone: what is dialled and typed, and texts that people send, come to the merchant as its form posts. */
export function phoneRoutes(simulator: Simulator) {
  const { settings, random } = simulator;
  const sessions = new Map<string, Session>();
  const app = routes();
  let dialled = 0;
  let sent = 0;

  app.post('/ussd', async (c) => {
    const asked = checked(ussdBody, await jsonBody(c));
    const phone = numberIn('phone', asked.phone);
    const now = Date.now();
    const sessionId = asked.sessionId ?? `ATUid_${random.uuid('ussd', `${now}-${(dialled += 1)}`).replaceAll('-', '')}`;
    const session = asked.sessionId === undefined ? { phone, text: undefined } : sessions.get(sessionId);
    if (session === undefined || ('until' in session && session.until < now))
      throw new Problem(404, 'not_found', 'There is no such session, or it has ended: dial again.');
    if (session.phone !== phone) throw badField('phone', 'is not the one that dialled');
    const text = typedSofar(session.text, asked.text);
    sessions.set(sessionId, { phone, text, until: 'until' in session ? session.until : now + SESSION });
    const form = { sessionId, serviceCode: SERVICE_CODE, phoneNumber: phone, networkCode: '99999', text };
    const screen = screenOf(sessionId, await posted(settings.SIMULATOR_USSD_URL, 'SIMULATOR_USSD_URL', form));
    if (screen.type === 'END') sessions.delete(sessionId);
    return c.json(screen);
  });

  app.post('/sms/inbound', async (c) => {
    const asked = checked(smsBody, await jsonBody(c));
    const from = numberIn('from', asked.from);
    const now = Date.now();
    const id = random.uuid('inbound sms', `${now}-${(sent += 1)}`);
    const form = {
      id,
      linkId: random.uuid('link', id),
      from,
      to: SHORT_CODE,
      text: asked.text,
      date: new Date(now).toISOString(),
      networkCode: '99999',
    };
    const { status } = await posted(settings.SIMULATOR_SMS_URL, 'SIMULATOR_SMS_URL', form);
    return c.json({ id, status }, 201);
  });
  return app;
}

function numberIn(path: string, text: string): string {
  const phone = toE164(text);
  if (phone === undefined) throw badField(path, 'is no phone number');
  return phone;
}

/** What the network has of a session with what is typed now, or with all of it, as a gateway would write it. */
function typedSofar(before: string | undefined, typed: string): string {
  if (before === undefined || before === '') return typed;
  return typed.startsWith(`${before}*`) ? typed : `${before}*${typed}`;
}

async function posted(url: string | undefined, variable: string, form: Readonly<Record<string, string>>) {
  if (url === undefined) throw new Problem(503, 'not_configured', `Nobody said where to: ${variable} does.`);
  try {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      headersTimeout: PATIENCE,
      bodyTimeout: PATIENCE,
    });
    return { status: statusCode, text: await body.text() };
  } catch {
    throw new Problem(504, 'no_answer', 'The merchant did not answer in time.');
  }
}

function screenOf(sessionId: string, { status, text }: { readonly status: number; readonly text: string }): Screen {
  const [, type, said = ''] = /^(CON|END) ([^]*)$/.exec(text) ?? [];
  if (status === 200 && (type === 'CON' || type === 'END')) return { sessionId, type, text: said };
  throw new Problem(502, 'no_screen', `The merchant answered ${status} without CON or END.`);
}

/** A small phone for people. */
export const phonePage = `<h2 id="phone">A phone</h2>
<form id="keys" style="max-width:20rem;border:1px solid #8895a7;border-radius:1rem;padding:1rem">
<label>Number <input name="phone" value="+256772000123" size="16"></label>
<pre id="screen" style="min-height:9rem;white-space:pre-wrap">Dial to begin.</pre>
<input name="text" autocomplete="off" size="18" aria-label="What is typed"> <button>Send</button>
<button type="button" id="dial">Dial</button> <button type="button" id="text">Text it</button></form>
<script>
const keys = document.getElementById('keys'), screen = document.getElementById('screen');
let sessionId;
const post = (path, body) => fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).then((answer) => answer.json());
async function step(fresh) {
  const { phone, text } = Object.fromEntries(new FormData(keys));
  const answer = await post('/ussd', fresh ? { phone, text: '' } : { phone, text, sessionId });
  screen.textContent = answer.text ?? answer.detail;
  sessionId = answer.type === 'CON' ? answer.sessionId : undefined;
  keys.elements.text.value = '';
}
keys.addEventListener('submit', (event) => { event.preventDefault(); step(sessionId === undefined); });
document.getElementById('dial').addEventListener('click', () => step(true));
document.getElementById('text').addEventListener('click', async () => {
  const { phone, text } = Object.fromEntries(new FormData(keys));
  const answer = await post('/sms/inbound', { from: phone, text });
  screen.textContent = answer.detail ?? 'Sent; the answer is under /sms.';
});
</script>`;
