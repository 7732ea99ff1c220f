import type { LeaseRun } from './run.ts';

const HOUR = 3_600_000;

/** Until when an agent has the vehicle held, or the application waits for an estate, epoch milliseconds; 0 where neither is. */
export function heldUntil({ state: { standing } }: LeaseRun): number {
  return standing.holdExtendedUntil == null ? 0 : Date.parse(standing.holdExtendedUntil);
}

/** When the stage lapses that a lease is in while its vehicle is held, epoch milliseconds. It counts from when the stage began. */
export function holdEnds(lease: LeaseRun): number {
  const { signHours, depositHours } = lease.state.terms;
  const ends = lease.since + (lease.status === 'reserved' ? signHours : depositHours) * HOUR;
  return Math.max(ends, heldUntil(lease));
}

/**
 * Waits for what a stage waits for until its deadline, and for longer while its vehicle is held longer, or its customer is said
 * to have died.
 *
 * @returns false when the stage lapses
 */
export async function inItsTime(
  lease: LeaseRun,
  happened: () => boolean,
  deadline: number,
  waits: (happened: () => boolean, until: number) => Promise<boolean>,
): Promise<boolean> {
  for (;;) {
    const held = heldUntil(lease);
    const until = Math.max(deadline, held);
    const isShorter = () => heldUntil(lease) < held;
    if (await waits(() => happened() || isShorter(), until)) {
      if (happened()) return true;
    } else if (heldUntil(lease) <= until) return false;
  }
}
