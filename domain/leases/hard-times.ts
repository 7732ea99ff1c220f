import { adminOnly, everybody, staff } from '../identity/roles.ts';
import { estateChoices } from './death.ts';
import { hardshipDecisions, hardshipReasons } from './hardship.ts';
import { heldStatuses as held, leaseStatuses, runningStatuses as running } from './status.ts';
import type { Row } from './told.ts';

const text = { is: 'text' } as const;

/** Rows of the table of commands (`commands.ts`) for what befalls a customer, or has somebody else in his place. */
export const hardTimes = {
  /** What it is told comes by its own route, below that of the transfer. */
  transfer: { by: adminOnly, in: ['active', 'paused'], does: 'transferLease' },
  /**
   * It is said by a lease that runs, and what is found out about it by any of the customer's. What it is told comes by its own
   * route, which asks a customer for more.
   */
  reportDeath: { by: everybody, in: running, does: 'reportDeath' },
  confirmDeath: {
    by: staff,
    in: leaseStatuses,
    does: 'confirmDeath',
    path: 'confirm-death',
    says: 'The customer has died, as a document proves; and what the estate has chosen, when it has',
    asks: { document: { is: 'text', most: 80 }, choice: { is: 'choice', of: estateChoices, optional: true } },
  },
  refuteDeath: {
    by: staff,
    in: leaseStatuses,
    does: 'refuteDeath',
    path: 'refute-death',
    says: 'The customer lives: his leases go on',
    asks: { reason: text },
  },
  requestHardship: {
    by: everybody,
    in: held,
    does: 'requestHardship',
    path: 'hardship',
    says: 'Ask for relief from hardship: an agent decides',
    asks: {
      why: { is: 'choice', of: hardshipReasons },
      evidence: { is: 'text', most: 80, optional: true },
      note: { is: 'text', optional: true },
    },
  },
  decideHardship: {
    by: staff,
    in: held,
    does: 'decideHardship',
    path: 'hardship-decision',
    says: 'Grant relief for some days, of those that the plan gives, or decline it; the total price stays',
    asks: {
      decision: { is: 'choice', of: hardshipDecisions },
      days: { is: 'whole', least: 1, most: 365, optional: true },
      /** What is owed is spread over the days to come before. */
      spread: { is: 'choice', of: ['no', 'yes'], optional: true },
      note: text,
    },
  },
} as const satisfies Readonly<Record<string, Row>>;
