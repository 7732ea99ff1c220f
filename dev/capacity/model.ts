import { spacingMs, SPREAD_MS } from '#domain/payments/pace';
import { costs, habits } from './figures.ts';

/*
 * How large everything is at a number of customers, from what one lease and one payment cost where they were measured
 * (`figures.ts`). Pure: docs/capacity.md is made of it, and its test holds it against a simulation and the measured runs.
 */

/** Of a process: drizzle's and the bare driver's (`db/client.ts`). */
const POOLS = 2;
/** Connections of each of the two in the relay (`workers/relay.ts`). */
const RELAY_POOL = 4;

/** Milliseconds of CPU that a payment costs in all our parts: the simulators are somebody else's. */
export const cpuMsOfPayment = (): number =>
  costs.workerMs.value + costs.apiMs.value + costs.relayMs.value + costs.temporalMs.value + costs.postgresMs.value;

interface MorningInput {
  /** Leases that are due at the same hour. */
  readonly due: number;
  /** What the provider takes of us a second. */
  readonly perSecond: number;
  /** Cores that are ours. */
  readonly cores: number;
}

export interface MorningPrediction {
  /** Seconds from the hour until the last prompt is sent. */
  readonly lastPrompt: number;
  readonly paymentsASecond: number;
  /** What decides how long it takes. */
  readonly limitedBy: 'the spread' | 'the provider' | 'the cores';
}

/** How long a morning takes: the longest of the spread, the provider's turns and the work. */
export function predictMorning({ due, perSecond, cores }: MorningInput): MorningPrediction {
  const bounds = [
    { limitedBy: 'the spread', seconds: SPREAD_MS / 1_000 },
    { limitedBy: 'the provider', seconds: (due * spacingMs(perSecond)) / 1_000 },
    { limitedBy: 'the cores', seconds: (due * (cpuMsOfPayment() + costs.simulatorsMs.value)) / 1_000 / cores },
  ] as const;
  const longest = bounds.toSorted((a, b) => b.seconds - a.seconds)[0] ?? bounds[0];
  return { lastPrompt: longest.seconds, paymentsASecond: due / longest.seconds, limitedBy: longest.limitedBy };
}

export interface Sizing {
  readonly customers: number;
  readonly paymentsADay: number;
  /** Automatic prompts that are due at 8 of one market. */
  readonly morningPrompts: number;
  /** Prompts a second that the provider with the most customers has to take, so that a morning is over within its hours. */
  readonly promptsASecond: number;
  /** Cores of each part in the morning's hours, at the utilisation at which nobody waits. */
  readonly cores: Readonly<Record<'worker' | 'api' | 'relay' | 'telematics' | 'temporal' | 'postgres', number>>;
  /** Processes of ours, of a core each. */
  readonly replicas: Readonly<Record<'worker' | 'api' | 'relay' | 'telematics', number>>;
  /** Bytes. */
  readonly postgresAYear: number;
  readonly postgresPositions: number;
  readonly temporalOpen: number;
  readonly connections: number;
  readonly eventsASecond: number;
  readonly positionsASecond: number;
}

/** What so many customers, a lease each, take. */
export function sizeFor(customers: number): Sizing {
  const paymentsADay = (customers * habits.paymentsAWeek.value) / 7;
  const morningPrompts = paymentsADay * habits.promptsAPayment.value * habits.shareOfTheHour.value;
  const promptsASecond = (morningPrompts * habits.shareOfTheProvider.value) / (habits.morningHours.value * 3_600) / 0.9;
  /** Payments a second while a morning goes on, all providers together. */
  const busy = morningPrompts / (habits.morningHours.value * 3_600);
  const requests = (customers * habits.requestsADay.value) / (habits.wakingHours.value * 3_600);
  const positions = (customers * habits.positionsADay.value) / (habits.wakingHours.value * 3_600);
  const at = (ms: number) => ms / 1_000 / habits.utilisation.value;
  const cores = {
    worker: busy * at(costs.workerMs.value),
    api: busy * at(costs.apiMs.value) + requests * at(costs.requestMs.value),
    relay: busy * at(costs.relayMs.value),
    telematics: positions * at(costs.positionMs.value),
    temporal: busy * at(costs.temporalMs.value),
    postgres:
      busy * at(costs.postgresMs.value) +
      requests * at(costs.requestPostgresMs.value) +
      positions * at(costs.positionPostgresMs.value),
  };
  const whole = (of: number) => Math.max(1, Math.ceil(of));
  const replicas = {
    worker: whole(cores.worker),
    api: whole(cores.api),
    relay: whole(cores.relay),
    telematics: whole(cores.telematics),
  };
  const paymentsAYear = paymentsADay * 365;
  return {
    customers,
    paymentsADay,
    morningPrompts,
    promptsASecond,
    cores,
    replicas,
    postgresAYear: customers * costs.postgresLease.value + paymentsAYear * costs.postgresPayment.value,
    postgresPositions: customers * habits.positionsADay.value * costs.positionBytes.value * habits.positionDays.value,
    temporalOpen:
      customers *
      (costs.temporalLease.value +
        Math.min(habits.paymentsARun.value, habits.paymentsAWeek.value * 52) * costs.temporalPayment.value),
    connections:
      POOLS * ((replicas.worker + replicas.api + replicas.telematics) * costs.pool.value + replicas.relay * RELAY_POOL),
    eventsASecond: busy * costs.eventsAPayment.value,
    positionsASecond: positions,
  };
}
