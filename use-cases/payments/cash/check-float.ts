import { sql } from 'drizzle-orm';
import { floatOf, isDisabled } from '#db/queries/remittances';
import { Problem } from '#domain/errors';
import { currencies, formatMoney, money, type Currency, type Money } from '#domain/money';
import { accounts } from '#domain/ledger/ledger';
import type { Config } from '#platform/config';
import { sideBySide, type Context } from '../../context.ts';
import { closeCaseAbout } from '../../cases/close-case.ts';
import { openCase } from '../../cases/open-case.ts';

/** The most cash that an agent may hold, in minor units. */
export function floatLimit(config: Config, currency: Currency): number {
  return config[`AGENT_FLOAT_LIMIT_${currency}`];
}

/** Everything about one agent's cash happens in turn, until the transaction ends. */
export async function lockFloat({ tx }: Pick<Context, 'tx'>, agentId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${accounts.float(agentId)}, 0))`);
}

/**
 * What an agent holds has changed: a case where it is less than nothing by the books, since cash was reversed that he
 * has handed over: either was booked wrongly; it closes when the float is no less than nothing again. Of an agent who is
 * disabled anything is a case, which closes when nothing is left. It locks the float.
 *
 * @returns what he holds, minor units
 */
export async function lookAtFloat(context: Context, agentId: string, currency: Currency): Promise<number> {
  const balance = money(await holdFloat(context, agentId, currency), currency);
  const about = `${agentId}:${currency}`;
  if (balance.amount === 0) await closeCaseAbout(context, 'float_without_agent', about, 'nothing is left of the float');
  else await openWithoutAgent(context, agentId, balance);
  if (balance.amount < 0) await openFloatCase(context, 'float_overdrawn', agentId, balance);
  else await closeOverdrawn(context, agentId, currency);
  return balance.amount;
}

/** Cash comes to what an agent holds already. Call it with the float locked. */
export async function lookAtMore(context: Context, agentId: string, held: number, more: Money): Promise<void> {
  const balance = money(held + more.amount, more.currency);
  if (held < 0 && balance.amount >= 0) await closeOverdrawn(context, agentId, more.currency);
  await openWithoutAgent(context, agentId, balance);
}

async function closeOverdrawn(context: Context, agentId: string, currency: Currency): Promise<void> {
  await closeCaseAbout(context, 'float_overdrawn', `${agentId}:${currency}`, 'the float is not below zero any more');
}

/** A disabled agent's float has so much. */
async function openWithoutAgent(context: Context, agentId: string, balance: Money): Promise<void> {
  if (await isDisabled(context.tx, agentId)) await openFloatCase(context, 'float_without_agent', agentId, balance);
}

/** An agent is disabled: a case for each currency in which he holds cash by the books. Enabled again, nobody has to look. */
export async function lookAtFloatOfDisabled(context: Context, agentId: string, disabled: boolean): Promise<void> {
  await lockFloat(context, agentId);
  for (const currency of currencies) {
    const balance = await floatOf(context.tx, agentId, currency);
    if (!disabled)
      await closeCaseAbout(context, 'float_without_agent', `${agentId}:${currency}`, 'the agent is enabled again');
    else if (balance !== 0) await openFloatCase(context, 'float_without_agent', agentId, money(balance, currency));
  }
}

function openFloatCase(
  context: Context,
  kind: 'float_overdrawn' | 'float_without_agent',
  agentId: string,
  balance: Money,
): Promise<boolean> {
  const about = `${agentId}:${balance.currency}`;
  return openCase(context, { kind, leaseId: null, paymentId: null, about, detail: { agentId, balance } });
}

/** What an agent holds, minor units. It locks the float. */
export async function holdFloat(context: Context, agentId: string, currency: Currency): Promise<number> {
  const [, held] = await sideBySide(lockFloat(context, agentId), floatOf(context.tx, agentId, currency));
  return held;
}

/** @throws Problem float_exceeded when an agent who holds so much would hold more than the ceiling. */
export function checkFloat(
  config: Config,
  { held, amount, currency }: { held: number; amount: number; currency: Currency },
): void {
  const limit = floatLimit(config, currency);
  if (held + amount <= limit) return;
  const most = formatMoney(money(limit, currency));
  throw new Problem('float_exceeded', `an agent holds at most ${most}: hand cash over first`);
}
