import { money } from '../money.ts';
import { accountChanges } from '../leases/account-change.ts';
import type { Message } from './messages.ts';

const sum = money(25_000_000, 'UGX');
const reference = 'K7WQ2MTPABCD';
const on = '2026-11-29';

/** Each text with the longest of what is ordinary: a van's deposit, the longest reference, a year past due. */
export const samples: Readonly<Record<Message['template'], readonly Message[]>> = {
  offer: [{ template: 'offer', deposit: sum, hours: 120 }],
  declined: [{ template: 'declined' }],
  lapsed: [{ template: 'lapsed' }],
  deposit_received: [{ template: 'deposit_received', deposit: sum }],
  deposit_owed_again: [{ template: 'deposit_owed_again', deposit: sum, reference }],
  welcome: [{ template: 'welcome', instalment: sum, firstDueOn: on, reference }],
  reminder: [1, 3, 7, 14, 30, 365].map((daysPastDue) => ({
    template: 'reminder',
    overdue: sum,
    daysPastDue,
    reference,
  })),
  prompt_declined: [
    { template: 'prompt_declined', reference, onAgain: on },
    { template: 'prompt_declined', reference },
  ],
  wrong_pin: [{ template: 'wrong_pin', reference, onAgain: on }],
  other_method: [{ template: 'other_method', reference }],
  late_fee: [{ template: 'late_fee', fee: sum, reference }],
  immobilisation_warning: [{ template: 'immobilisation_warning', overdue: sum, hours: 24, reference }],
  restart_code: [{ template: 'restart_code', code: '280257802' }],
  paused: [{ template: 'paused', until: on }],
  crash_noticed: [{ template: 'crash_noticed', reference }],
  promised: [{ template: 'promised', amount: sum, on }],
  restructured: [{ template: 'restructured', instalment: sum, firstDueOn: on }],
  repossessed: [{ template: 'repossessed', owed: sum, reference }],
  theft_reported: [
    { template: 'theft_reported', reference, until: on },
    { template: 'theft_reported', reference },
  ],
  returned: [
    { template: 'returned', owed: { ...sum, amount: 0 }, reference },
    { template: 'returned', owed: sum, reference },
  ],
  total_loss: [
    { template: 'total_loss', owed: { ...sum, amount: 0 }, reference },
    { template: 'total_loss', owed: sum, reference },
  ],
  transfer_asked: [{ template: 'transfer_asked', vehicle: 'Toyota Hilux', days: 7 }],
  transfer_to_agree: [{ template: 'transfer_to_agree', reference }],
  transfer_ended: [{ template: 'transfer_ended', reference }],
  transferred: [{ template: 'transferred', paid: sum, reference }],
  upgrade_approved: [{ template: 'upgrade_approved', vehicle: 'Toyota Hilux', reference, until: on }],
  upgrade_declined: [{ template: 'upgrade_declined', reference }],
  upgrade_to_sign: [{ template: 'upgrade_to_sign', reference, until: on }],
  upgrade_lapsing: [{ template: 'upgrade_lapsing', reference, until: on }],
  upgrade_ended: [{ template: 'upgrade_ended', reference }],
  upgrade_completed: [{ template: 'upgrade_completed', instalment: sum, reference }],
  money_held: [{ template: 'money_held', amount: sum, reference }],
  money_sent_back: [
    { template: 'money_sent_back', amount: sum, reference },
    { template: 'money_sent_back', amount: sum, reference, runs: reference },
  ],
  account_changed: accountChanges.flatMap((change) => {
    const message = { template: 'account_changed', change, amount: sum, left: sum, reference } as const;
    const receipt = 'KLA-2026-11-29-00017';
    return [message, { ...message, receipt }, { ...message, receipt, ofDeposit: true }];
  }),
  instalment_raised: [{ template: 'instalment_raised', before: sum, instalment: sum, until: on, reference }],
  guaranteed_schedule: [{ template: 'guaranteed_schedule', instalment: sum, until: on, cap: sum, reference }],
  guarantor_asked: [{ template: 'guarantor_asked', cap: { ...sum, amount: 2_500_000 }, days: 7 }],
  guarantor_called: [{ template: 'guarantor_called', asked: sum, reference }],
  guarantor_released: [{ template: 'guarantor_released', reference }],
  guarantor_found: [{ template: 'guarantor_found', reference }],
  guarantor_gone: [{ template: 'guarantor_gone', reference }],
  guarantor_left: [{ template: 'guarantor_left', reference }],
  title_transferred: [{ template: 'title_transferred', reference }],
  interest_discharged: [{ template: 'interest_discharged', reference }],
  demanded: [{ template: 'demanded', amount: sum, until: on, reference }],
  redemption_demanded: [{ template: 'redemption_demanded', amount: sum, until: on, reference }],
  redeemed: [{ template: 'redeemed', reference }],
  vehicle_sold: [
    { template: 'vehicle_sold', proceeds: sum, surplus: sum, shortfall: { ...sum, amount: 0 }, reference },
    { template: 'vehicle_sold', proceeds: sum, surplus: { ...sum, amount: 0 }, shortfall: sum, reference },
  ],
  days_given: [{ template: 'days_given', days: 3, until: on, reference }],
  days_owed: [{ template: 'days_owed', days: 98, reference }],
  hardship_granted: [{ template: 'hardship_granted', until: on, reference }],
  hardship_declined: [{ template: 'hardship_declined', reference }],
  death_refuted: [{ template: 'death_refuted', reference }],
  taken_over: [{ template: 'taken_over', instalment: sum, firstDueOn: on, reference }],
  owner: [{ template: 'owner' }],
  your_turn: [{ template: 'your_turn', vehicle: 'Toyota Land Cruiser', hours: 24 }],
  vehicle_gone: [{ template: 'vehicle_gone', vehicle: 'Toyota Land Cruiser' }],
  turn_delayed: [{ template: 'turn_delayed', vehicle: 'Toyota Land Cruiser', hours: 24 }],
  hold_extended: [{ template: 'hold_extended', hours: 168 }],
  refund: [{ template: 'refund', amount: sum }],
  answer: [
    { template: 'answer', said: 'Do not ride. Bring it to the workshop in Ntinda, which is open until five.' },
    { template: 'answer', said: 'Your log book is at our desk in Ntinda.', isOver: true },
  ],
  answered: [{ template: 'answered', category: 'other' }],
  answer_awaited: [{ template: 'answer_awaited', category: 'other', until: on }],
  unanswered: [{ template: 'unanswered', category: 'other' }],
};
