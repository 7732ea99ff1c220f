import { airtelCallback, airtelInbound } from './airtel-wire.ts';
import type { Delivery, Outgoing } from './callbacks.ts';
import { mpesaCallback, mpesaInbound, SANDBOX_SHORTCODE, mpesaRefundResult, mpesaTimeOut } from './mpesa-wire.ts';
import { mtnCallback, mtnInbound, mtnRefundStatus } from './mtn-wire.ts';
import type { Charge, IdentityJob, InboundUrl, Refund, View } from './records.ts';
import type { Simulator } from './simulator.ts';

/** How long after a refund or an identity check is decided its callback goes out, in milliseconds. */
const AFTERWARDS = 30;
/** How long the message of a time-out goes before the result, in milliseconds. */
const TIME_OUT_FIRST = 500;

/** The callbacks of a charge that a merchant asked for, in order; the notice of one that a customer made. */
export function deliveriesOfCharge(simulator: Simulator, charge: Charge): Delivery[] {
  if (charge.kind === 'payBill') return [noticeOf(simulator, charge)];
  const { callbackUrl: url, provider } = charge;
  if (url === null) return [];
  return charge.callbacks.map(({ dueAt, says }, nth) => {
    const id = `charge:${provider}:${charge.key}:${nth}`;
    return {
      id,
      provider,
      dueAt,
      untilTaken: false,
      render: () => ({ url, ...callbackOf(simulator, charge, says, nth, id) }),
    };
  });
}

function callbackOf(simulator: Simulator, charge: Charge, says: View, nth: number, id: string): Omit<Outgoing, 'url'> {
  switch (charge.provider) {
    case 'mtn':
      return mtnCallback(charge, says, nth);
    case 'airtel': {
      const tampered = simulator.faults.strikes('tamperedSignatures', 'airtel', id);
      return { method: 'POST', body: airtelCallback(charge, says, simulator.settings.AIRTEL_HASH_KEY, tampered) };
    }
    case 'mpesa':
      return { method: 'POST', body: mpesaCallback(charge, says) };
    default:
      return charge.provider satisfies never;
  }
}

/** Where a provider tells of payments that customers made by themselves: registered, else by the environment. */
export function inboundUrl({ store, settings }: Simulator, provider: Charge['provider']): InboundUrl | undefined {
  const urls = {
    mtn: settings.SIMULATOR_INBOUND_URL_MTN,
    airtel: settings.SIMULATOR_INBOUND_URL_AIRTEL,
    mpesa: settings.SIMULATOR_INBOUND_URL_MPESA,
  };
  const registered = store.inboundUrl(provider);
  const url = urls[provider];
  if (registered || url === undefined) return registered;
  const validationUrl = provider === 'mpesa' ? (settings.SIMULATOR_INBOUND_VALIDATION_URL_MPESA ?? null) : null;
  return { type: 'inboundUrl', provider, url, validationUrl, completesUnanswered: true };
}

function noticeOf(simulator: Simulator, charge: Charge): Delivery {
  const { settings } = simulator;
  const bodies = {
    mtn: () => mtnInbound(charge),
    airtel: () => airtelInbound(charge, settings.AIRTEL_HASH_KEY),
    mpesa: () => mpesaInbound(charge, settings.MPESA_SHORTCODE ?? SANDBOX_SHORTCODE, 'confirmation'),
  };
  return {
    id: `charge:${charge.provider}:${charge.key}:notice`,
    provider: charge.provider,
    dueAt: charge.takenAt + AFTERWARDS,
    untilTaken: true,
    render() {
      const target = inboundUrl(simulator, charge.provider);
      return target && { url: target.url, method: 'POST', body: bodies[charge.provider]() };
    },
  };
}

/** The callback of a refund; Airtel has none, its answer is final. */
export function deliveriesOfRefund({ store }: Simulator, refund: Refund): Delivery[] {
  const { callbackUrl: url, provider } = refund;
  const charge = store.charge(provider, refund.chargeKey);
  if (url === null || !charge || provider === 'airtel') return [];
  const render = () =>
    ({
      url,
      method: 'POST',
      body: provider === 'mtn' ? mtnRefundStatus(refund, charge) : mpesaRefundResult(refund, charge),
    }) as const;
  const dueAt = refund.at + AFTERWARDS;
  const result = { id: `refund:${provider}:${refund.key}`, provider, dueAt, untilTaken: false, render };
  const { timeOutUrl } = refund.details;
  if (timeOutUrl === undefined) return [result];
  // It waited in a queue for too long, and is done all the same.
  const timeOut = () => ({ url: timeOutUrl, method: 'POST', body: mpesaTimeOut(refund) }) as const;
  return [
    { ...result, id: `${result.id}:timeout`, render: timeOut },
    { ...result, dueAt: dueAt + TIME_OUT_FIRST },
  ];
}

/** The webhook of an identity check that answers. */
export function deliveriesOfJob(job: IdentityJob): Delivery[] {
  const { callbackUrl: url, result } = job;
  if (url === null || result === null) return [];
  const body = { ...result, job_id: job.id, user_id: job.userId };
  return [
    {
      id: `job:${job.id}`,
      provider: 'smileid',
      dueAt: job.settlesAt + AFTERWARDS,
      untilTaken: false,
      render: () => ({ url, method: 'POST', body }),
    },
  ];
}
