import { and, eq, gt, ne } from 'drizzle-orm';
import { findUserByPhone, type UserRow } from '#db/queries/identity';
import { payableLeases } from '#db/queries/kept-vehicles';
import { findLease, type LeaseRow } from '#db/queries/leases';
import { inboundTexts } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { withoutDigits } from '#domain/identity/codes-in';
import { system, type Actor } from '#domain/identity/roles';
import { hasEnded } from '#domain/leases/status';
import type { Market } from '#domain/markets';
import { marketOfPhone } from '#domain/phone';
import { heardIn, type HeardText } from '#domain/support/heard';
import { answers } from '#domain/support/inbound';
import { payOrderIn } from '#domain/support/pay-order';
import { inLanguage, type Phrase, type Values } from '#domain/phrase';
import { sayings } from '#domain/ussd/phrases';
import { refusalSaid } from '#domain/ussd/refusals';
import { balancesSaid } from '#domain/ussd/show';
import { amountTyped } from '#domain/ussd/typed';
import { commandKey } from '#steering/command-key';
import { UnderWay } from '#steering/under-way';
import { transact, type Context } from '../context.ts';
import { hideCodes } from '../identity/hide-codes.ts';
import { hearCustomer } from '../support/hear-customer.ts';
import { hearShort } from '../support/hear-short.ts';
import { keepText, noteAnswered, noteLeaseOf } from '../support/keep-text.ts';
import { replyByText } from '../notifications/reply-by-text.ts';
import { takeWish } from '../support/suppress.ts';
import type { Missing } from './answer-ussd.ts';
import type { Call, PhoneDependencies } from './dependencies.ts';
import { helpStranger } from './help-stranger.ts';
import { leasesOnScreen, leasesShown } from './home.ts';
import { payOnce } from './pay-once.ts';
import { paidAtStep } from './steer.ts';

interface ReceivedText {
  /** The gateway's: a text that comes again has it again. */
  readonly id: string;
  /** E.164 with the plus. */
  readonly from: string;
  /** To which of our numbers; what is answered comes from there. */
  readonly to?: string | undefined;
  readonly text: string;
  /** The whole of what the gateway sent. */
  readonly raw: string;
  /** By the gateway's clock, as far as it says so. */
  readonly saidAt?: Date | null;
}

const HOUR = 3_600_000;

/**
 * A text that somebody sent to us: kept, acted upon once, and answered in the customer's language. It may be acknowledged
 * when this returns; should it fail, the gateway sends it again.
 */
export async function receiveText(deps: PhoneDependencies, received: ReceivedText, missing: Missing): Promise<void> {
  const { db, encryption } = deps;
  const { id, from, to, text, raw, saidAt } = received;
  const at = new Date();
  const phoneHash = encryption.hash('phone', from);
  const market = marketOfPhone(from);
  const user = await findUserByPhone(db, phoneHash);
  const heard = heardIn(text);
  const actor: Actor = user === undefined ? system('texts') : { role: 'customer', id: user.id };
  const kept = await transact(db, actor, at, async (context) => {
    const { text: clear, isHidden } = await hideCodes(context, encryption, { phoneHash, text });
    const isSecret = heard.as === 'secret';
    const row = await keepText(context, encryption, {
      key: `sms-${id}`,
      userId: user?.id ?? null,
      phone: from,
      body: isSecret ? withoutDigits(text) : clear,
      raw: isSecret || isHidden ? null : raw,
      heardAs: heard.as,
      saidAt,
    });
    return { ...row, clear, isHidden };
  });
  if (kept.isAnswered) return;
  if (user === undefined) {
    if (heard.as !== 'stop' && heard.as !== 'start')
      return helpStranger(deps, { id: kept.id, from, to, phoneHash }, helpSaid(deps, 'en', market), at);
    const wish = { textId: kept.id, phoneHash, userId: null };
    return transact(db, actor, at, async (context) => {
      await takeWish(context, wish, heard.as === 'stop' ? 'stop' : 'start');
      await noteAnswered(context, kept.id);
    });
  }
  const language = user.language;
  const key = commandKey(new Date(0), 'sms', id);
  const call: Call = { deps, phone: from, phoneHash, code: '', market, language, key, begunAt: at, at };
  const answer = await answerTo(call, user, actor, heard, kept);
  if (answer !== null) {
    const body =
      typeof answer === 'string' ? answer : inLanguage(answer[0], language, answer[1], () => missing(language));
    await replyByText(deps, { key: `sms-${id}`, userId: user.id, to: from, body, from: to });
  }
  await transact(db, actor, at, (context) => noteAnswered(context, kept.id));
}

/** A text that is kept, as people may read it. */
interface Kept {
  readonly id: string;
  readonly clear: string;
  readonly isHidden: boolean;
  readonly receivedAt: Date;
  /** Which it pays, where it came before. */
  readonly leaseId: string | null;
}

type Said = string | readonly [Phrase, Values?] | null;

/** Does what a text asks for. @returns what is answered; null for nothing */
async function answerTo(call: Call, user: UserRow, actor: Actor, heard: HeardText, kept: Kept): Promise<Said> {
  const { deps, phoneHash, at } = call;
  const { id: textId, clear, isHidden } = kept;
  const isAllowed =
    user.disabledAt === null ||
    heard.as === 'stop' ||
    heard.as === 'start' ||
    heard.as === 'help' ||
    heard.as === 'secret';
  if (!isAllowed) return [sayings.closed];
  switch (heard.as) {
    case 'stop':
    case 'start': {
      const [wish, said] = [{ textId, phoneHash, userId: user.id }, heard.as] as const;
      const holds = await transact(deps.db, actor, at, (context) => takeWish(context, wish, said));
      return [holds === 'stop' ? answers.stopped : answers.started];
    }
    case 'help':
      return helpIn(deps, user.language, call.market);
    case 'secret':
      return [answers.codeSent];
    case 'digit':
    case 'thanks':
      return shortly(call, user, actor, { as: heard.as, rest: heard.rest }, textId);
    case 'balance':
      return balanceOf(call, user);
    case 'pay':
      return pay(call, user, actor, heard.rest, kept);
    case 'message':
      return transact(deps.db, actor, at, async (context) => {
        await hearCustomer(context, deps, { customerId: user.id, id: textId, body: clear.trim() });
        if (isHidden) return [sayings.askedWithCode];
        // Two machines would not stop.
        return (await wasHeard(context, user.id, textId)) ? null : [sayings.asked];
      });
  }
}

async function shortly(
  { deps, at, market }: Call,
  { id: customerId, language }: UserRow,
  actor: Actor,
  { as, rest }: { readonly as: 'digit' | 'thanks'; readonly rest: string },
  textId: string,
): Promise<Said> {
  const does = await transact(deps.db, actor, at, (context) =>
    hearShort(context, deps, { customerId, id: textId, as, body: rest }),
  );
  if (does === 'help') return helpIn(deps, language, market);
  return does === 'rate' ? [answers.rated] : null;
}

/** What there is, and what is dialled in a market. */
function helpIn({ config }: PhoneDependencies, language: string, market: Market | null) {
  const own = market === null ? undefined : config[`AFRICASTALKING_USSD_CODE_${market}`];
  const code = own ?? config.AFRICASTALKING_USSD_CODE;
  return [answers.help, { dial: code === undefined ? '' : inLanguage(answers.dial, language, { code }) }] as const;
}

function helpSaid(deps: PhoneDependencies, language: string, market: Market | null): string {
  const [phrase, values] = helpIn(deps, language, market);
  return inLanguage(phrase, language, values);
}

/** Those that money is taken for, the one that is meant first, and all. */
async function payableOf(call: Call, user: UserRow) {
  const { going, over } = await leasesOnScreen(call, user);
  const all = [...going.map(({ row }) => row), ...over];
  const payable = await payableLeases(call.deps.db, all);
  return { all, payable: all.filter(({ id }) => payable.has(id)) };
}

/** @param named alone, where one is; otherwise all that are paid for, or the one that is meant first */
async function balanceOf(call: Call, user: UserRow, named?: LeaseRow): Promise<Said> {
  const { all, payable } = await payableOf(call, user);
  const goOn = payable.filter(({ status }) => !hasEnded(status));
  const [first] = all;
  const meant = named ?? first;
  const [lease, ...others] = await leasesShown(
    call,
    named === undefined && goOn.length > 0 ? goOn : meant === undefined ? [] : [meant],
  );
  if (lease === undefined) return [answers.noLease];
  return balancesSaid([lease, ...others], user.language);
}

async function pay(call: Call, user: UserRow, actor: Actor, typed: string, kept: Kept): Promise<Said> {
  const { amount: digits = '', reference = null } = payOrderIn(typed) ?? {};
  const { all, payable } = await payableOf(call, user);
  const before = kept.leaseId === null ? undefined : await findLease(call.deps.db, kept.leaseId);
  const row = before ?? (reference === null ? payable[0] : payable.find((one) => one.reference === reference));
  if (row === undefined) {
    const named = all.find((one) => one.reference === reference);
    if (reference !== null && named === undefined) return [answers.noSuchLease, { reference }];
    // Nothing is paid for what is applied for, or over: how that stands says why.
    return balanceOf(call, user, named);
  }
  const amount = amountTyped(digits, row.currency);
  if (amount === null) return [answers.payHow];
  if (before === undefined)
    await transact(call.deps.db, actor, call.at, (context) => noteLeaseOf(context, kept.id, row));
  const values = await paidAtStep(call, row, amount);
  try {
    return [sayings[await payOnce(call, row, actor, amount, kept.receivedAt)], values];
  } catch (error) {
    if (error instanceof UnderWay) return [sayings.paying, values];
    if (!(error instanceof Problem)) throw error;
    return [sayings[refusalSaid(error.code)]];
  }
}

/** Whether another text for a person was answered in the hour before. */
async function wasHeard({ tx, at }: Context, userId: string, textId: string): Promise<boolean> {
  const { id, heardAs, answeredAt } = inboundTexts;
  const isOther = and(eq(inboundTexts.userId, userId), eq(heardAs, 'message'), ne(id, textId));
  const [before] = await tx
    .select({ id })
    .from(inboundTexts)
    .where(and(isOther, gt(answeredAt, new Date(at.getTime() - HOUR))))
    .limit(1);
  return before !== undefined;
}
