import type { TurnRule } from './rule.ts';

/** A tracker that was lost is back. */
export const online: TurnRule<'online'> = {
  type: 'online',
  severity: 'low',
  begins: 'the first word after `offline`',
  ends: 'at once',
  turn: ({ online: isBack }) => (isBack ? { details: {} } : null),
};
