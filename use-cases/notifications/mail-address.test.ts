import { eq } from 'drizzle-orm';
import { beforeEach, expect, it } from 'vitest';
import { audit, mailAddresses, notifications } from '#db/schema/index';
import { at, deliveryWorld, HOUR, later, MINUTE } from '#test/delivery-world';
import { config } from '#test/late-money';
import { transact, type Context } from '../context.ts';
import { confirmMailAddress } from './confirm-mail-address.ts';
import { ownMailOf } from './mail-record.ts';
import { notificationData } from './personal-data.ts';
import { cancelMailAddress, sendMailCodeAgain, wantMailAddress } from './want-mail-address.ts';

/** An e-mail address that waits for its code, and what the one before hears of it. */
const world = deliveryWorld();
const [first, second] = ['ann@example.com', 'ann@example.org'];

let id: string;
beforeEach(async () => {
  ({ id } = await world.customer());
});
const act = <T>(when: Date, work: (context: Context) => Promise<T>) =>
  transact(world.database.db, { id, role: 'customer' }, when, work);
const wants = (address: string | null, when = at(9)) =>
  act(when, (context) => wantMailAddress(context, world.deps.encryption, address));
const again = (when: Date) => act(when, (context) => sendMailCodeAgain(context, world.deps.encryption));
const confirms = (code: string, when: Date) =>
  act(when, (context) => confirmMailAddress(context, world.deps.encryption, code));
const own = (when: Date) => ownMailOf(world.database.db, world.deps.encryption, id, when);
async function has(address: string, when = at(9)) {
  const { code } = await wants(address, when);
  expect(await confirms(code?.code ?? '', when)).not.toBe(false);
}
const told = (queued: unknown) => world.run((queued as { readonly id: string }).id, at(9));

it('is shown until it is confirmed, and the address before hears of it, and then that it is another', async () => {
  await has(first);
  const { code, told: queued } = await wants(second);
  expect(await own(at(9))).toMatchObject({
    address: first,
    pending: { address: second, codeExpiresAt: later(at(9), 15 * MINUTE), expiresAt: later(at(9), 24 * HOUR) },
  });
  expect(await told(queued)).toEqual({ state: 'delivered', by: 'email' });
  const changed = await confirms(code?.code ?? '', at(9));
  expect(await own(at(9))).toEqual({ address: second, pending: null });
  // Whatever he has by now.
  expect(await told(changed)).toEqual({ state: 'delivered', by: 'email' });
  const removed = await wants(null);
  expect(await told(removed.told)).toEqual({ state: 'delivered', by: 'email' });
  expect(world.sent.map(({ by, to, body }) => [by, to, body.split('.')[0]])).toEqual([
    ['email', first, 'Your e-mails from us are to go to another address, once that is confirmed'],
    ['email', first, 'Your e-mails from us go to another address from now on'],
    ['email', second, 'You get no more e-mails from us at this address'],
  ]);
});

it('tells the address before for a day where mail is down, at night as well, and then in the app', async () => {
  await has(first);
  const { told: queued } = await wants(second, at(23));
  world.fails.email = 'not_taken';
  const notice = queued?.id ?? '';
  expect(await world.run(notice, at(23))).toMatchObject({ state: 'waits', for: 'next_try' });
  expect(await world.run(notice, later(at(23), 25 * HOUR))).toEqual({ state: 'delivered', by: 'in_app' });
  expect(world.sent.every(({ by, to }) => by === 'email' && to === first)).toBe(true);
  // A mailbox that is none says nothing of the one that he has.
  world.fails.email = 'refused';
  expect(await told((await wants(null)).told)).toEqual({ state: 'delivered', by: 'in_app' });
  const [row] = await world.database.db.select().from(mailAddresses).where(eq(mailAddresses.userId, id));
  expect(row).toMatchObject({ addressEncrypted: null, bouncedAt: null });
});

it('can be sent another code, of which the last alone is good, and is forgotten after a day', async () => {
  const { code } = await wants(first);
  const other = await again(later(at(9), MINUTE));
  expect(other.to).toBe(first);
  if (other.code !== code?.code) expect(await confirms(code?.code ?? '', later(at(9), 2 * MINUTE))).toBe(false);
  expect(await confirms(other.code, later(at(9), 17 * MINUTE))).toBe(false);
  const last = await again(later(at(9), 23 * HOUR));
  expect(await confirms(last.code, later(at(9), 23 * HOUR))).toBeNull();

  await wants(second);
  expect((await own(later(at(9), 23 * HOUR))).pending).toMatchObject({ address: second });
  expect(await own(later(at(9), 25 * HOUR))).toEqual({ address: first, pending: null });
  await expect(again(later(at(9), 25 * HOUR))).rejects.toMatchObject({ code: 'invalid_state' });
  const sweep = { sql: world.database.sql, at: later(at(9), 25 * HOUR), config, beat: () => undefined };
  await notificationData.retention?.['wantedAddresses']?.(sweep);
  const [row] = await world.database.db.select().from(mailAddresses).where(eq(mailAddresses.userId, id));
  expect(row).toMatchObject({ wantedEncrypted: null, codeHash: null, codeExpiresAt: null });
  expect(row?.addressEncrypted).not.toBeNull();
});

it('can be taken back, also by saying the one that he has: its code is good for nothing then', async () => {
  await has(first);
  for (const takesBack of [() => act(at(9), (context) => cancelMailAddress(context)), () => wants(first)]) {
    const { code } = await wants(second);
    for (const _ of [1, 2]) await takesBack();
    expect(await own(at(9))).toEqual({ address: first, pending: null });
    expect(await confirms(code?.code ?? '', at(9))).toBe(false);
    await expect(again(at(9))).rejects.toMatchObject({ code: 'invalid_state' });
  }
  const entries = await world.database.db.select({ type: audit.type }).from(audit).where(eq(audit.subject, id));
  expect(entries.filter(({ type }) => type === 'user.mail_cancelled')).toHaveLength(2);
  // Nobody had an address before the first.
  const rows = await world.database.db.select().from(notifications).where(eq(notifications.userId, id));
  expect(rows.filter(({ template }) => template === 'mail_changed')).toHaveLength(2);
});
