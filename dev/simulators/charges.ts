import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import { smaller, type Currency } from './amounts.ts';
import { behaviourOf, WITHHELD, type Behaviour, type Claim, type Decline, type Outcome } from './behaviours.ts';
import { deliveriesOfCharge } from './deliveries.ts';
import { sameCharge, type Charge, type View } from './records.ts';
import type { Environment, Simulator } from './simulator.ts';

/** How long an answer waits for a callback that goes before it, in milliseconds. */
const CALLBACK_FIRST = 2_000;

/** A charge as a provider's route understood it. Amounts in minor units. */
export type ChargeRequest = Pick<
  Charge,
  'provider' | 'key' | 'reference' | 'receipt' | 'payer' | 'amount' | 'currency' | 'account' | 'callbackUrl' | 'details'
>;

/** The answers to a charge, in the provider's words. */
export interface Answers {
  /** Taken: the prompt was sent. */
  accepted(charge: Charge): Response;
  /** The same id was used before. */
  duplicate(charge: Charge): Response;
  /** An error, and the charge was not taken. */
  refused(): Response;
  /** An error, although the charge was taken. */
  failed(): Response;
}

/** Takes a charge as the payer's row of the table says, durably, and answers as that row says. */
export async function takeCharge(
  c: Context<Environment>,
  simulator: Simulator,
  request: ChargeRequest,
  answers: Answers,
): Promise<Response> {
  const { store, callbacks } = simulator;
  const known = store.charge(request.provider, request.key);
  if (known) {
    await store.settled();
    return answers.duplicate(known);
  }
  const behaviour = behaviourOf(request.payer);
  const counted = sameCharge(request);
  if (store.refusals(counted) < behaviour.refusesFirst) {
    await store.add({ type: 'refusal', key: counted });
    return answers.refused();
  }
  const charge = decide(simulator, request, behaviour);
  await store.add(charge);
  const [first, ...rest] = deliveriesOfCharge(simulator, charge);
  for (const delivery of rest) callbacks.schedule(delivery);
  if (first && behaviour.answer === 'afterCallback')
    await Promise.race([callbacks.deliver(first), pause(CALLBACK_FIRST)]);
  else if (first) callbacks.schedule(first);
  if (behaviour.answer === 'withheld') return withhold(c, WITHHELD * simulator.settings.SIMULATOR_TIME_SCALE);
  return behaviour.answer === 'serverError' ? answers.failed() : answers.accepted(charge);
}

function decide({ settings, store, random }: Simulator, request: ChargeRequest, behaviour: Behaviour): Charge {
  const ordinal = store.chargeCount(request.payer);
  const outcome = ordinal < behaviour.lacksFundsFirst ? 'noFunds' : behaviour.outcome;
  const takenAt = Date.now();
  const settlesAt = takenAt + behaviour.settlesAfter * settings.SIMULATOR_TIME_SCALE;
  const callbacks = behaviour.callbacks.map(({ after, claim }, index) => ({
    // A short way over the network, the same for each charge of a seed.
    dueAt: settlesAt + after * settings.SIMULATOR_TIME_SCALE + random.number('network', request.key, index) * 30,
    says: claimed(claim, outcome, request.amount, request.currency),
  }));
  return {
    ...request,
    type: 'charge',
    kind: 'request',
    prompted: behaviour.prompts,
    outcome,
    takenAt,
    settlesAt,
    ordinal,
    callbacks,
  };
}

function claimed(claim: Claim, outcome: Outcome, amount: number, currency: Currency): View {
  const failed = (decline: Decline): View => ({ state: 'failed', decline });
  switch (claim) {
    case 'truth':
      if (outcome === 'pending') return { state: 'pending' };
      return outcome === 'charged' ? { state: 'paid', amount } : failed(outcome);
    case 'failed':
      return failed('declined');
    case 'paid':
      return { state: 'paid', amount };
    case 'smallerAmount':
      return { state: 'paid', amount: smaller(amount, currency) };
    default:
      return claim satisfies never;
  }
}

/** Unreferenced, so that a wait does not hold up the end of the process. */
const pause = (milliseconds: number) => sleep(milliseconds, undefined, { ref: false });

async function withhold(c: Context<Environment>, milliseconds: number): Promise<Response> {
  await pause(milliseconds);
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}
