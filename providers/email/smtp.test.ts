import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Config } from '#platform/config';
import { config } from '#test/late-money';
import { createMails } from './smtp.ts';
import { listen } from '#platform/listen';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers a line by its first word; null hangs up. */
async function mailsOf(
  answers: Readonly<Record<string, string | null>>,
  scheme = 'smtp',
  NODE_ENV: Config['NODE_ENV'] = 'test',
  said: string[] = [],
) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).write('220 here\r\n');
    socket.on('data', (bytes) => {
      said.push(bytes.toString());
      for (const line of bytes.toString().split('\r\n')) {
        if (line === '') continue;
        const word = line.split(' ')[0] ?? '';
        const known = /^(EHLO|MAIL|RCPT|RSET)$/.test(word) ? '250 ok' : word === 'DATA' ? '354 go on' : '';
        const answer = answers[word] === undefined ? known : answers[word];
        if (answer === null) socket.destroy();
        else if (answer !== '') socket.write(`${answer}\r\n`);
      }
    });
  });
  servers.push(server);
  const port = await listen(server, 0, '127.0.0.1');
  return createMails({ ...config, NODE_ENV, SMTP_URL: `${scheme}://127.0.0.1:${port}`, MAIL_FROM: 'us@example.com' });
}

it('says that nobody wrote it, and has an id of the domain that it is from', async () => {
  const said: string[] = [];
  const mails = await mailsOf({ '.': '250 queued' }, 'smtp', 'test', said);
  await mails?.send({ to: 'a@example.com', subject: 's', body: 'b', id: '1' });
  const text = said.join('');
  expect(text).toMatch(/^Message-ID: <1@example\.com>\r$/m);
  expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
});

const mail = { to: 'a@example.com', subject: 's', body: 'b', id: '1' };
async function failureOf(...how: Parameters<typeof mailsOf>) {
  const mails = await mailsOf(...how);
  return mails?.send(mail).then(
    () => ({ kind: 'taken' }),
    (error: unknown) => error,
  );
}

it('what is taken is taken', async () => {
  expect(await failureOf({ '.': '250 queued' })).toEqual({ kind: 'taken' });
});

it.each([
  '550 5.1.1 no such user',
  '551 5.1.6 moved',
  '553-5.1.3 bad address\r\n553 5.1.3 it is',
  '550 no such user',
  '550 No such mailbox here',
  '550 User unknown',
  '550 <spam.and.ip@example.com>: Recipient address rejected: User unknown in virtual mailbox table',
  '550 Requested action not taken: mailbox unavailable',
  '550 Unknown recipient',
  '550 The account does not exist',
  '550 Invalid mailbox',
  "553 Sorry, this user doesn't have an example.com account",
  '550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5EUR01FT012.eop-EUR01.prod.example.com]',
  '550-5.2.1 The email account that you tried to reach is inactive.\r\n550 5.2.1 See https://example.com/mail/?p=Disabled',
  '550 5.2.1 This mailbox has been disabled',
  "554 delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [-5]",
])('a mailbox that is not there is a bounce: %s', async (RCPT) => {
  expect(await failureOf({ RCPT })).toMatchObject({ kind: 'refused', reason: 'no_subscriber' });
});

it('so it is where that is said only after the mail', async () => {
  const said = "554 delivery error: dd This user doesn't have a yahoo.com account (a@yahoo.com) [-5] - mta.example.com";
  expect(await failureOf({ '.': said })).toMatchObject({ kind: 'refused', reason: 'no_subscriber' });
});

it.each([
  { MAIL: '550 5.7.1 sender not allowed' },
  { MAIL: '550 no' },
  { RCPT: '554 5.7.1 your IP is on a blocklist' },
  { RCPT: '550 5.7.1 not from there' },
  { RCPT: '550 blocked, see 5.7.1' },
  { RCPT: '550 SPF check failed' },
  { RCPT: '550 DKIM missing' },
  { RCPT: '550 Message rejected due to DMARC policy' },
  { RCPT: '550 Blocked by Spamhaus, see https://www.spamhaus.org/query/ip/1.2.3.4' },
  { RCPT: '550 You are on our blacklist' },
  { RCPT: '550 sender rejected: too many recipients from your IP' },
  { RCPT: '550 poor reputation, mailbox unavailable' },
  { RCPT: '550 rate exceeded, mailbox unavailable to you' },
  { RCPT: '550 relay denied: unknown user' },
  { RCPT: '550 sender address does not exist' },
  { RCPT: '550 Denied' },
  { RCPT: '550 no' },
  { RCPT: '550 5.1.8 bad sender' },
  { RCPT: '552 5.2.2 mailbox full' },
  { RCPT: '450 4.2.0 later' },
  {
    RCPT: '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages',
  },
  { RCPT: '550 5.4.1 No answer from host' },
  { RCPT: '554 Denied' },
  { '.': '554 mailbox unavailable to you' },
  { DATA: '554 5.7.1 no' },
  { '.': '554 5.7.1 looks like spam' },
])('what is no fault of the mailbox is not taken, and no bounce: %o', async (answers) => {
  expect(await failureOf(answers)).toMatchObject({ kind: 'not_taken' });
});

it.each([{ EHLO: null }, { MAIL: null }, { RCPT: null }, { DATA: null }])(
  'what fails before the mail is said is not taken: %o',
  async (answers) => {
    expect(await failureOf(answers)).toMatchObject({ kind: 'not_taken' });
  },
);

it('TLS that does not come about is not taken', async () => {
  expect(await failureOf({}, 'smtps')).toMatchObject({ kind: 'not_taken' });
});

it('a server that is gone after it was told the mail may have taken it', async () => {
  expect(await failureOf({ '.': null })).toMatchObject({ kind: 'unknown' });
});

it('in production nothing is said to a server that has no TLS, or is made to say so', async () => {
  expect(await failureOf({ STARTTLS: '502 what is that', '.': '250 queued' }, 'smtp', 'production')).toMatchObject({
    kind: 'not_taken',
  });
});
