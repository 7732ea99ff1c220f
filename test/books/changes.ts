import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Context } from '#use-cases/context';
import { closeCase } from '#use-cases/cases/close-case';
import { changeDueDay } from '#use-cases/leases/change-due-day';
import { changeFrequency } from '#use-cases/leases/change-frequency';
import { once } from '#use-cases/leases/once';
import { reAgeLease, reAmortiseLease } from '#use-cases/leases/restructure-lease';
import { repossessVehicle } from '#use-cases/leases/repossess-vehicle';
import { totalLoss } from '#use-cases/leases/total-loss';
import { undoRestructure } from '#use-cases/leases/undo-restructure';
import { usePaidAhead } from '#use-cases/leases/use-paid-ahead';
import { writeOffLease } from '#use-cases/leases/write-off';
import { decideInsurance } from '#use-cases/payments/deciding/decide-insurance';
import { giveUpDispute } from '#use-cases/payments/reversal/give-up-dispute';
import { cases } from '#db/schema/index';
import { addDays } from '#domain/calendar';
import type { Actor } from '#domain/identity/roles';
import type { Standing } from '#domain/leases/standing';
import { marketRules } from '#domain/markets';
import { money } from '#domain/money';
import type { Step, Trouble } from './lives.ts';
import type { World } from './world.ts';

/** What people do to a schedule, and how else a lease ends than by being paid. */

const reason = 'test';

/** A person's command to a lease, once an id. */
export function command(
  world: World,
  trouble: Trouble,
  actor: Actor,
  work: (context: Context) => Promise<Standing>,
): Promise<Standing | null> {
  const { leaseId } = world;
  const commandId = randomUUID();
  return world.person(trouble, actor, (context) => once(context, { leaseId, commandId }, () => work(context)));
}

/** Of a lease that runs. */
export async function changes(world: World, step: Step): Promise<void> {
  const { leaseId, admin, customer } = world;
  const wish = { leaseId, reason };
  const does = async (work: (context: Context) => Promise<Standing>, actor = admin) =>
    void (await command(world, step, actor, work));
  switch (step.do) {
    case 're-age':
      return does((context) => reAgeLease(context, wish));
    case 're-amortise':
      return does((context) => reAmortiseLease(context, wish));
    case 'undo':
      return does((context) => undoRestructure(context, wish));
    case 'paid ahead':
      return does((context) => usePaidAhead(context, { leaseId, makes: step.makes }), customer);
    case 'due day':
      return does((context) => changeDueDay(context, { leaseId, weekday: step.weekday }), customer);
    case 'frequency':
      return does((context) => changeFrequency(context, { leaseId, frequency: step.to }), customer);
    case 'repossess': {
      const grounds = { noticeOn: addDays(world.today, -30), courtOrder: reason };
      return does((context) => repossessVehicle(context, { ...wish, ...grounds }));
    }
    default:
  }
}

/** A lease ends by what its insurer is said to pay: a share of what is owed, nothing, or more than that. */
export async function loses(
  world: World,
  step: Extract<Step, { do: 'total loss' | 'insured write-off' }>,
  owed: number,
): Promise<void> {
  const { leaseId, admin, unit } = world;
  const amount = Math.floor((owed * step.share) / 100 / unit) * unit;
  const wish = { leaseId, reason, ...(amount > 0 && { insurance: { amount, reference: reason } }) };
  await command(world, step, admin, (context) =>
    step.do === 'total loss' ? totalLoss(context, wish) : writeOffLease(context, wish),
  );
}

/** Another admin says what of an insurer's money has come, in percent. @returns false where none waits */
export async function insurerPays(world: World, trouble: Trouble, share: number): Promise<boolean> {
  const { db, leaseId, otherAdmin, life, unit } = world;
  const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'insurance_to_confirm'), eq(cases.status, 'open'));
  const said = sql<number>`(${cases.detail} -> 'amount' ->> 'amount')::float8`;
  const [open] = await db.select({ id: cases.id, said }).from(cases).where(isOpen);
  if (open === undefined) return false;
  const came = Math.floor((open.said * share) / 100 / unit) * unit;
  const amount = money(came, marketRules(life.market).currency);
  const decision = came === 0 ? ({ decision: 'rejected' } as const) : ({ decision: 'confirmed', amount } as const);
  await world.person(trouble, otherAdmin, async (context) => {
    await decideInsurance(context, { caseId: open.id, leaseId, ...decision, resolution: reason });
    return true;
  });
  return true;
}

/** Somebody has looked at payments that have the receipt of another: until then they do not go back. @returns false where there are none */
export async function looksAtReceipts(world: World, trouble: Trouble): Promise<boolean> {
  const { db, leaseId, admin } = world;
  const isOpen = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'receipt_taken'), eq(cases.status, 'open'));
  const [open] = await db.select({ id: cases.id }).from(cases).where(isOpen);
  if (open === undefined) return false;
  await world.person(trouble, admin, (context) => closeCase(context, { id: open.id, resolution: reason }));
  return true;
}

/** What is in dispute is a loss. */
export async function givesUpDispute(world: World, trouble: Trouble): Promise<void> {
  const wish = { leaseId: world.leaseId, decisionId: randomUUID(), reason };
  await world.person(trouble, world.admin, async (context) => {
    await giveUpDispute(context, wish);
    return true;
  });
}
