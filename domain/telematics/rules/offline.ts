import { isOwing } from '../../leases/tampering.ts';
import { powerCut } from './power-cut.ts';
import type { TurnRule } from './rule.ts';

/** The tracker is lost. Going dark right after the power was cut is what a thief does; in arrears it is graver too. */
export const offline: TurnRule<'offline'> = {
  type: 'offline',
  severity: 'medium',
  begins: 'last will, a break of its last connection, ten minutes of silence',
  ends: 'at once; `online` is an event of its own',
  turn({ online, cause, lastSeenAt, recent, leaseStatus }) {
    if (online) return null;
    const afterPowerCut = recent.includes(powerCut.type);
    const severity = afterPowerCut ? 'critical' : isOwing(leaseStatus) ? 'high' : 'medium';
    return { severity, details: { cause, lastSeenAt, afterPowerCut } };
  },
};
