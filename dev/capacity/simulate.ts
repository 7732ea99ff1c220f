import { spacingMs, SPREAD_MS } from '#domain/payments/pace';
import { spreadOf } from '#domain/spread';

export interface SimulatedMorning {
  /** Seconds from the hour. */
  readonly lastPrompt: number;
  readonly lastBooked: number;
  readonly mostASecond: number;
}

interface Input {
  /** Ids of the leases that are due: their parts of the spread follow from them. */
  readonly leaseIds: readonly string[];
  readonly perSecond: number;
  /** CPU that a payment costs, milliseconds, and the cores that it has. */
  readonly cpuMs: number;
  readonly cores: number;
}

/**
 * A morning, lease by lease: each comes in its part of the spread, takes the next turn at the provider, and its work goes to
 * the core that is free first. Half of the work comes before the prompt is sent.
 */
export function simulateMorning({ leaseIds, perSecond, cpuMs, cores }: Input): SimulatedMorning {
  const apart = spacingMs(perSecond);
  const free = Array.from({ length: cores }, () => 0);
  const work = (from: number, ms: number) => {
    const core = free.indexOf(Math.min(...free));
    const begins = Math.max(from, free[core] ?? 0);
    free[core] = begins + ms;
    return begins + ms;
  };
  const seconds = new Map<number, number>();
  let [next, lastPrompt, lastBooked] = [0, 0, 0];
  for (const comes of leaseIds.map((id) => spreadOf(id, SPREAD_MS)).sort((a, b) => a - b)) {
    const turn = Math.max(comes, next);
    next = turn + apart;
    const sent = work(turn, cpuMs / 2);
    const booked = work(sent, cpuMs / 2);
    seconds.set(Math.floor(sent / 1_000), (seconds.get(Math.floor(sent / 1_000)) ?? 0) + 1);
    [lastPrompt, lastBooked] = [Math.max(lastPrompt, sent), Math.max(lastBooked, booked)];
  }
  return { lastPrompt: lastPrompt / 1_000, lastBooked: lastBooked / 1_000, mostASecond: Math.max(...seconds.values()) };
}
