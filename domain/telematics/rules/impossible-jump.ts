import type { Place } from '../fix.ts';
import type { LastingRule } from './rule.ts';

/**
 * A place that cannot be reached from the believed one (`../watch.ts`). A fix between two jumps to and fro
 * does not say that they are over: only quiet does.
 */
export const impossibleJump: LastingRule<'impossible_jump', never, Place | null> = {
  type: 'impossible_jump',
  severity: 'medium',
  begins: 'a place that cannot be reached',
  ends: 'five minutes without one; the fixes between jumps to and fro end nothing',
  gap: 300_000,
  look: ({ jumped, believed }) => (jumped ? { holds: true, note: believed } : null),
  tell: ([first]) => ({ details: { from: first?.note ?? null } }),
};
