import type { LeaseRow } from '#db/queries/leases';
import { movesUntil } from '#db/queries/immobilisations';
import { listPaymentMethods } from '#db/queries/payments';
import { isStopped } from '#db/queries/texts';
import { Problem } from '#domain/errors';
import { marketOf, marketRules } from '#domain/markets';
import { formatMoney, money, type Money } from '#domain/money';
import { EMERGENCY_HOURS } from '#domain/telematics/immobilisation/episode';
import { refusalSaid } from '#domain/ussd/refusals';
import { goTo, type Lease, type State, type UssdWish } from '#domain/ussd/state';
import { clipped, dayShown } from '#domain/ussd/typed';
import { addDays, localDate } from '#domain/calendar';
import { commandLease } from '#steering/command-lease';
import { transact } from '../context.ts';
import { orderSignature } from '../leases/agreement/order-signature.ts';
import { languageOf } from '../leases/agreement/terms-of-lease.ts';
import { applyForLease } from '../leases/apply-for-lease.ts';
import { orderReport } from '../leases/order-report.ts';
import { addPaymentMethod } from '../payments/methods/payment-methods.ts';
import { payerProvider } from '../payments/methods/payer-provider.ts';
import { emergencyRestart } from '../telematics/mobilise-vehicle.ts';
import { withPin } from './account.ts';
import type { Call } from './dependencies.ts';
import { customerOnPhone, homeOf, leaseAt, leasesShown, vehicleOnScreen } from './home.ts';
import { payOnce } from './pay-once.ts';

type Of<Do extends UssdWish['do']> = Extract<UssdWish, { readonly do: Do }>;

/** Applies, paid for by the phone itself. Whose mobile money it has is asked where its prefix does not tell. */
export async function applyAt(call: Call, { offered, provider: said }: Of<'apply'>): Promise<State> {
  const { deps, phone, phoneHash, market, at, key } = call;
  const { user, actor } = await customerOnPhone(call);
  const known = (await listPaymentMethods(deps.db, user.id)).find((one) => one.phoneHash === phoneHash);
  const provider = said ?? known?.provider ?? deps.mobileMoney.forPhone(phone)?.name;
  if (provider === undefined) {
    const providers = market === null ? [] : deps.mobileMoney.forMarket(market).map(({ name }) => name);
    return goTo('provider', { offered, providers });
  }
  const account = { phone, provider: payerProvider(deps.mobileMoney, { provider, phone }) };
  const method = await transact(deps.db, actor, at, (context) =>
    addPaymentMethod(context, deps.encryption, user.id, account),
  );
  const { vehicleId, planId } = offered;
  await applyForLease(deps, user.id, { vehicleId, planId, paymentMethodId: method.id }, key);
  const saying = (await isStopped(deps.db, user.id)) ? 'appliedStopped' : 'applied';
  return goTo('said', { saying, values: { vehicle: offered.vehicle } });
}

/** The vehicle is held; what follows is the signature. */
export async function acceptAt(call: Call, { lease }: Of<'acceptOffer'>): Promise<State> {
  const { row, actor } = await leaseAt(call, lease.id);
  await commandLease(call.deps, row.id, 'acceptOffer', { actor }, call.key);
  return goTo('sign', lease);
}

export function signAt(call: Call, { lease, pin }: Of<'sign'>): Promise<State> {
  const entered = { pin, of: 'sign', leaseId: lease.id, again: goTo('sign', lease) };
  return withPin(call, entered, async () => {
    const { row, user, actor } = await leaseAt(call, lease.id);
    const isProven = async () => ({ by: 'pin', channel: 'ussd' }) as const;
    const signer = { actor, name: user.name, language: languageOf(call.language), isProven };
    await orderSignature(call.deps, row, signer, call.key);
    return goTo('said', { saying: 'signed', values: { deposit: formatMoney(lease.deposit) } });
  });
}

export async function payAt(call: Call, { leaseId, amount }: Of<'pay'>): Promise<State> {
  const { row, actor } = await leaseAt(call, leaseId);
  const saying = await payOnce(call, row, actor, amount);
  return goTo('said', { saying, values: await paidAtStep(call, row, amount) });
}

/** What a payment is for, as it is confirmed. */
export const paidAtStep = async ({ deps }: Call, row: LeaseRow, amount: Money) => ({
  amount: formatMoney(amount),
  vehicle: clipped(await vehicleOnScreen(deps.db, row), 24),
  reference: row.reference,
});

export async function pauseAt(call: Call, { leaseId, kind, days }: Of<'pause'>): Promise<State> {
  const { row, actor } = await leaseAt(call, leaseId);
  const [before] = await leasesShown(call, [row]);
  const { pausedUntil } = await commandLease(call.deps, row.id, 'pause', { actor, kind, days }, call.key);
  const until = pausedUntil ?? (before === undefined ? '' : addDays(localDate(before.today), days));
  return goTo('said', { saying: 'paused', values: { until: dayShown(until) } });
}

export async function resumeAt(call: Call, leaseId: string): Promise<State> {
  const { row, actor } = await leaseAt(call, leaseId);
  await commandLease(call.deps, row.id, 'resume', { actor }, call.key);
  return homeOf(call, { note: 'resumed', leaseId });
}

export async function promiseAt(call: Call, { leaseId, on, amount }: Of<'promise'>): Promise<State> {
  const { row, actor } = await leaseAt(call, leaseId);
  try {
    await commandLease(call.deps, row.id, 'promise', { actor, on, amount: amount.amount }, call.key);
  } catch (error) {
    // More than is due by then: a person at a phone is told what he is told of other promises that are not taken.
    if (error instanceof Problem && error.code === 'unprocessable')
      return goTo('said', { saying: refusalSaid('promise_refused'), values: {} });
    throw error;
  }
  return goTo('said', { saying: 'promised', values: { amount: formatMoney(amount), on: dayShown(on) } });
}

/** At a phone the PIN is the second factor. */
export function reportTheftAt(call: Call, { leaseId, vehicle, pin }: Of<'reportTheft'>): Promise<State> {
  const entered = { pin, of: 'reportTheft', leaseId, again: goTo('theft', { leaseId, vehicle }) };
  return withPin(call, entered, async () => {
    const { row, actor } = await leaseAt(call, leaseId);
    await orderReport(
      call.deps,
      { leaseId: row.id, command: 'reportTheft', isProven: async () => true },
      { actor },
      call.key,
    );
    return goTo('said', { saying: 'theftReported', values: {} });
  });
}

/** Once an immobilisation the vehicle moves for two days, whatever is owed. */
export async function restartAt(call: Call, { leaseId }: Of<'restart'>): Promise<State> {
  const { row, actor } = await leaseAt(call, leaseId);
  try {
    await emergencyRestart(call.deps, actor, row.vehicleId);
  } catch (error) {
    // The gateway sends the step again after the process has died between this and the screen.
    if (!(await isRestartedInSession(call, row))) throw error;
  }
  return goTo('said', { saying: 'restarts', values: {} });
}

async function isRestartedInSession({ deps, begunAt }: Call, { id, clockOffsetMs }: LeaseRow): Promise<boolean> {
  const until = await movesUntil(deps.db, id);
  const grantedAt = (until?.getTime() ?? 0) - EMERGENCY_HOURS * 3_600_000;
  return grantedAt >= begunAt.getTime() + clockOffsetMs;
}

/** What a lease asks for now, in whole shillings: what is late, else the deposit or what is due next; null for nothing. */
export function askedOf({ status, late, deposit, next }: Lease): Money | null {
  if (status === 'awaiting_deposit') return deposit.amount > 0 ? deposit : null;
  const asked = late.amount > 0 ? late : next?.amount;
  if (asked === undefined) return null;
  const { lineUnit } = marketRules(marketOf(asked.currency));
  return money(Math.ceil(asked.amount / lineUnit) * lineUnit, asked.currency);
}
