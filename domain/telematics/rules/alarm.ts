import { isOwing } from '../../leases/tampering.ts';
import type { LastingRule, Severity } from './rule.ts';

/** A risk that the tracker itself reports: it holds for every message with the alarm, and for no other. */
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
}): LastingRule<Type> & { readonly words: readonly [string, ...string[]] } {
  return {
    type,
    severity,
    words,
    begins: "the tracker's alarm",
    ends: gap === undefined ? 'a message without it' : `a message without it, or ${gap / 1_000} s without one`,
    ...(gap === undefined ? {} : { gap }),
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
