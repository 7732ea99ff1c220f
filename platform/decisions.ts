import type { Logger } from './log.ts';

/** Something that was decided about money: no name, phone or text of a person. */
export interface Decision {
  /** `payment.requested`, `payment.failed`, `ledger.receipt`, … */
  readonly decision: string;
  readonly subject: string;
  readonly leaseId: string | null;
  readonly role: string;
  readonly [fact: string]: unknown;
}

let log: Pick<Logger, 'info'> | null = null;

/** Where decisions about money are told, a line each; nowhere without it. */
export function logDecisions(to: Pick<Logger, 'info'> | null): void {
  log = to;
}

export function tellDecision(decision: Decision): void {
  log?.info(decision, 'money');
}
