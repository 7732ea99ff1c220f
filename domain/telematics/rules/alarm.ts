import { isOwing } from '../../leases/tampering.ts';
import type { LastingRule, RuleAnswer, RuleFacts, Severity } from './rule.ts';

/** Milliseconds for which an alarm that has gone may come again and be the same: batteries and radios waver. */
const WAVERS = 600_000;

/** When the alarm was there last. */
interface Heard {
  readonly last: number;
}

/**
 * A risk that the tracker itself reports: it holds for every message with the alarm. Where nothing else is said of its end, a message
 * without it says nothing until it has been away for ten minutes.
 */
export function alarm<const Type extends string>({
  type,
  severity,
  words,
  gap,
  whileOwing,
}: {
  readonly type: Type;
  readonly severity: Severity;
  /** Traccar's names of the alarm. */
  readonly words: readonly [string, ...string[]];
  /** Milliseconds; absent: it goes on through any silence. */
  readonly gap?: number;
  /** Of a lease in arrears, immobilised or stolen; absent: the same. */
  readonly whileOwing?: Severity;
}): LastingRule<Type, Heard> & { readonly words: readonly [string, ...string[]] } {
  return {
    type,
    severity,
    words,
    begins: "the tracker's alarm",
    ...(gap === undefined
      ? { ends: 'a message without it, ten minutes after the last with it', look: wavering(type) }
      : { ends: `a message without it, or ${gap / 1_000} s without one`, gap }),
    ...(whileOwing === undefined
      ? {}
      : {
          tell: (_run, { leaseStatus }) => ({
            severity: isOwing(leaseStatus) ? whileOwing : severity,
            details: {},
          }),
        }),
  };
}

const wavering =
  (type: string) =>
  ({ fix, late }: RuleFacts, before: Heard | undefined): RuleAnswer<Heard, never> => {
    if (fix.alarms.includes(type)) return { holds: true, ...(late ? {} : { state: { last: fix.ts } }) };
    if (before === undefined) return { holds: late ? null : false };
    return { holds: late || fix.ts - before.last < WAVERS ? null : false };
  };
