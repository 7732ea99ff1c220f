import type { LeaseRun } from './run.ts';

const HOUR = 3_600_000;

/** Until when an agent has the vehicle held, epoch milliseconds; 0 where none has. */
export function heldUntil({ state: { standing } }: LeaseRun): number {
  return standing.holdExtendedUntil == null ? 0 : Date.parse(standing.holdExtendedUntil);
}

/** When the stage lapses that a lease is in while its vehicle is held, epoch milliseconds. It counts from when the stage began. */
export function holdEnds(lease: LeaseRun): number {
  const { signHours, depositHours } = lease.state.terms;
  const ends = lease.since + (lease.status === 'reserved' ? signHours : depositHours) * HOUR;
  return Math.max(ends, heldUntil(lease));
}
