import { mayBeGiven } from '../leases/commands.ts';
import { hasEnded, isApplication, isOwned } from '../leases/status.ts';
import { formatMoney } from '../money.ts';
import type { Phrase, Values } from '../phrase.ts';
import type { Lease } from './state.ts';
import { dayShown } from './typed.ts';
import { standWords, type MenuItem } from './wording.ts';

/** What a customer may choose of what is known of him and of the lease that he looks at. */
export function menuOf(
  lease: Lease | null,
  { leases, hasCode = false }: { readonly leases: number; readonly hasCode?: boolean },
): MenuItem[] {
  const own = lease === null ? [] : itemsOf(lease);
  return [
    ...(hasCode ? (['restartCode'] as const) : []),
    ...own,
    ...(lease === null || hasEnded(lease.status) ? (['browse'] as const) : []),
    ...(leases > 1 ? (['leases'] as const) : []),
    'agent',
    'language',
    'pin',
    'help',
  ];
}

function itemsOf({ status }: Lease): MenuItem[] {
  const items: readonly (readonly [MenuItem, boolean])[] = [
    ['acceptOffer', mayBeGiven('acceptOffer', status)],
    ['sign', mayBeGiven('sign', status)],
    ['pay', mayBeGiven('pay', status)],
    ['balance', !isApplication(status)],
    ['pause', mayBeGiven('pause', status)],
    ['resume', mayBeGiven('resume', status)],
    ['promise', mayBeGiven('promise', status)],
    ['restart', status === 'immobilised'],
    ['theft', mayBeGiven('reportTheft', status)],
  ];
  return items.flatMap(([item, isOpen]) => (isOpen ? [item] : []));
}

/** Paid, but not yet to be called its customer's: what had paid for it was taken back, or is said to have gone. */
export const isInDoubt = ({ status, disputed, isSaidGone = false }: Lease): boolean =>
  isOwned(status) && (disputed.amount > 0 || isSaidGone);

/** Where a lease stands, in a line. */
export function standOf(lease: Lease | null): { readonly phrase: Phrase; readonly values?: Values } {
  if (lease === null) return { phrase: standWords.none };
  const { status, deposit, late, next, disputed, isSaidGone = false, pausedUntil } = lease;
  const amount = formatMoney(late);
  if (isOwned(status) && disputed.amount > 0)
    return { phrase: standWords.takenBack, values: { amount: formatMoney(disputed) } };
  if (isOwned(status)) return { phrase: isSaidGone ? standWords.lookedInto : standWords.owned };
  if (hasEnded(status)) return { phrase: standWords.over };
  switch (status) {
    case 'applied':
    case 'verifying':
      return { phrase: standWords.papers };
    case 'assessing':
      return { phrase: standWords.assessing };
    case 'offered':
      return { phrase: standWords.offered };
    case 'reserved':
      return { phrase: standWords.reserved };
    case 'awaiting_deposit':
      return { phrase: standWords.deposit, values: { deposit: formatMoney(deposit) } };
    case 'awaiting_handover':
      return { phrase: standWords.handover };
    case 'immobilised':
      return { phrase: standWords.stopped, values: { amount } };
    case 'stolen':
      return { phrase: standWords.stolen };
    case 'paused':
      return { phrase: standWords.paused, values: { on: dayShown(pausedUntil ?? '') } };
    default:
  }
  if (late.amount > 0) return { phrase: standWords.late, values: { amount } };
  if (next === null) return { phrase: standWords.assessing };
  return { phrase: standWords.next, values: { amount: formatMoney(next.amount), on: dayShown(next.on) } };
}
