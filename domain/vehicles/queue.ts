/** Hours that whoever is next in the queue has to take a vehicle, on the wall's clock. */
export const TURN_HOURS = 24;

/** Customers who wait for one vehicle at most, and vehicles that one customer waits for. */
export const MOST_WAITING = 20;
export const MOST_QUEUES = 3;

/**
 * How somebody stands in the queue of a vehicle: he waits, it is his turn, or he has taken it, let his turn pass, left by
 * himself, or was told that it is gone.
 */
const waitingStatuses = ['waiting', 'called', 'taken', 'missed', 'left', 'gone'] as const;
export type WaitingStatus = (typeof waitingStatuses)[number];

/** Who stands in the queue still. */
export const standing = ['waiting', 'called'] as const satisfies readonly WaitingStatus[];

export const turnEnds = (calledAt: Date): Date => new Date(calledAt.getTime() + TURN_HOURS * 3_600_000);
