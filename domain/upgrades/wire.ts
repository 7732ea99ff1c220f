import type { UpgradeStatus } from './upgrade.ts';

/** What goes between the workflow of an upgrade and its activities. */

interface OfUpgrade {
  readonly upgradeId: string;
}

/** What an upgrade waits for. */
export interface UpgradeStand {
  readonly status: UpgradeStatus;
  /** Milliseconds until it lapses by itself, on the clock of the lease that is left; 0 once that has passed. */
  readonly lapsesIn: number;
}

/** On the task queue of the leases. Each is harmless to repeat. */
export interface UpgradeActivities {
  readUpgrade: (input: OfUpgrade) => Promise<UpgradeStand>;
  /** Ends one whose time has passed, and gives the vehicle that it held back; one that goes on stays as it is. */
  lapseUpgrade: (input: OfUpgrade) => Promise<UpgradeStand>;
  /** Starts the workflow of the lease that an upgrade has begun. */
  startUpgradedLease: (input: OfUpgrade) => Promise<void>;
}
