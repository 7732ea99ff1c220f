/** What goes between the upkeep workflows and their activities (`domain/leases/wire.ts` says by which rules). */
export interface DeadLeases {
  /** Leases that go on in the books while their workflow does not. */
  readonly dead: number;
  readonly runAgain: number;
  /** Leases that had ended, and whose workflow had, when money for them was booked that nobody looked after. */
  readonly woken?: number;
  /** Workflows of any kind whose own code fails again and again. */
  readonly stuck?: number;
}

/** The activities of the `upkeep` task queue. All go by the wall's clock, and may be repeated at any time. */
export interface UpkeepActivities {
  /** Goes through all sweeps (`use-cases/upkeep/run-sweeps.ts`), of which looking for dead leases was the first. */
  findDeadLeases: () => Promise<DeadLeases>;
  /** Of everything that has a retention: how many rows or days, by what they are. */
  deleteExpired: () => Promise<Readonly<Record<string, number>>>;
  makePositionDays: () => Promise<void>;
  /** What vehicles drove on the days that positions have come for: how many days. */
  countDistances: () => Promise<number>;
  /** The portfolio of the day that has ended, once: of how many markets. */
  keepPortfolio: () => Promise<number>;
  /** What the fleet needs soon: of how much somebody was told. */
  careForFleet: () => Promise<number>;
  /** Histories of before ask for each on its own. */
  deleteIdempotencyKeys: () => Promise<number>;
  deleteLoginCodes: () => Promise<number>;
  deleteSessions: () => Promise<number>;
  deleteEvents: () => Promise<number>;
  deletePositions: () => Promise<{ readonly days: number; readonly rows: number }>;
}
