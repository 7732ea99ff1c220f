import { formatMoney, type Money } from '../money.ts';
import { answerText } from './answer-text.ts';
import { isOfParties, isPartyLegal, partyText, type PartyMessage } from './texts/parties.ts';
import type { TicketCategory } from '../support/ticket.ts';

/** Texts that customers get; at most 160 characters of GSM 03.38 with ordinary amounts, so that one SMS carries them. */
export type Message =
  | PartyMessage
  | { readonly template: 'offer'; readonly deposit: Money; readonly hours: number }
  | { readonly template: 'declined' }
  | { readonly template: 'lapsed' }
  | { readonly template: 'deposit_received'; readonly deposit: Money }
  | { readonly template: 'deposit_owed_again'; readonly deposit: Money; readonly reference: string }
  | {
      readonly template: 'welcome';
      readonly instalment: Money;
      readonly firstDueOn: string;
      readonly reference: string;
    }
  | { readonly template: 'reminder'; readonly overdue: Money; readonly daysPastDue: number; readonly reference: string }
  | {
      readonly template: 'prompt_declined' | 'wrong_pin';
      readonly reference: string;
      /** The local date of the next prompt; texts of before do not have it. */
      readonly onAgain?: string;
    }
  | { readonly template: 'other_method'; readonly reference: string }
  | { readonly template: 'late_fee'; readonly fee: Money; readonly reference: string }
  | {
      readonly template: 'immobilisation_warning';
      readonly overdue: Money;
      /** From this text until the vehicle may be stopped. */
      readonly hours: number;
      readonly reference: string;
    }
  | { readonly template: 'restart_code'; readonly code: string }
  | { readonly template: 'paused'; readonly until: string }
  | { readonly template: 'promised'; readonly amount: Money; readonly on: string }
  | { readonly template: 'restructured'; readonly instalment: Money; readonly firstDueOn: string }
  | {
      readonly template: 'theft_reported';
      readonly reference: string;
      /** Local date until which nothing is collected; absent where the plan does not have it wait. */
      readonly until?: string;
    }
  | { readonly template: 'returned' | 'repossessed' | 'total_loss'; readonly owed: Money; readonly reference: string }
  | { readonly template: 'crash_noticed'; readonly reference: string }
  | { readonly template: 'owner' }
  /** `vehicle`: its make and model. `hours`: until his turn ends. */
  | { readonly template: 'your_turn'; readonly vehicle: string; readonly hours: number }
  | { readonly template: 'vehicle_gone'; readonly vehicle: string }
  /** To whoever waits for it: it is held for somebody else by so many hours more. */
  | { readonly template: 'turn_delayed'; readonly vehicle: string; readonly hours: number }
  /** To whom it is held for. */
  | { readonly template: 'hold_extended'; readonly hours: number }
  | { readonly template: 'refund'; readonly amount: Money }
  | { readonly template: 'answered' | 'unanswered'; readonly category: TicketCategory }
  /** What staff have said to somebody who wrote by SMS or USSD, and may have no app; `isOver` where that resolved it. */
  | { readonly template: 'answer'; readonly said: string; readonly isOver?: true }
  /** `until`: the local date on which a request is closed for which nobody has answered us. */
  | { readonly template: 'answer_awaited'; readonly category: TicketCategory; readonly until: string };

/** When a text goes out, and whether it has to be known to have. */
interface Sending {
  /** `day`: it answers nothing the customer has just done, and waits for the morning, however long it was on its way. */
  readonly urgency: 'answer' | 'day';
  /**
   * A right begins or ends, or something is owed, by what it says. What else is lost the customer sees on his lease, asks
   * for again, or is told of the next time.
   */
  readonly isLegal: boolean;
}

const sendings: Readonly<Record<Exclude<Message, PartyMessage>['template'], Sending>> = {
  offer: { urgency: 'answer', isLegal: false },
  declined: { urgency: 'day', isLegal: true },
  lapsed: { urgency: 'day', isLegal: true },
  deposit_received: { urgency: 'answer', isLegal: false },
  deposit_owed_again: { urgency: 'day', isLegal: true },
  welcome: { urgency: 'answer', isLegal: false },
  reminder: { urgency: 'day', isLegal: true },
  prompt_declined: { urgency: 'day', isLegal: false },
  wrong_pin: { urgency: 'day', isLegal: false },
  other_method: { urgency: 'day', isLegal: false },
  late_fee: { urgency: 'day', isLegal: true },
  immobilisation_warning: { urgency: 'day', isLegal: true },
  restart_code: { urgency: 'answer', isLegal: true },
  paused: { urgency: 'answer', isLegal: false },
  promised: { urgency: 'answer', isLegal: false },
  restructured: { urgency: 'day', isLegal: true },
  theft_reported: { urgency: 'answer', isLegal: true },
  returned: { urgency: 'answer', isLegal: true },
  repossessed: { urgency: 'day', isLegal: true },
  total_loss: { urgency: 'day', isLegal: true },
  crash_noticed: { urgency: 'answer', isLegal: false },
  owner: { urgency: 'day', isLegal: true },
  your_turn: { urgency: 'day', isLegal: false },
  vehicle_gone: { urgency: 'day', isLegal: false },
  turn_delayed: { urgency: 'day', isLegal: false },
  hold_extended: { urgency: 'answer', isLegal: false },
  refund: { urgency: 'day', isLegal: false },
  answered: { urgency: 'day', isLegal: false },
  unanswered: { urgency: 'day', isLegal: false },
  answer: { urgency: 'day', isLegal: false },
  answer_awaited: { urgency: 'day', isLegal: false },
};

/** Texts about an application, and about a ticket. */
export type ApplicationTemplate =
  | 'offer'
  | 'declined'
  | 'lapsed'
  | 'deposit_received'
  | 'deposit_owed_again'
  | 'welcome';
export type TicketTemplate = 'answer_awaited' | 'unanswered' | 'answer' | 'answered';

/** Texts about a vehicle that is held, or waited for. */
export type HoldTemplate = 'your_turn' | 'vehicle_gone' | 'turn_delayed' | 'hold_extended';

/** Days past due from which a reminder says what follows. */
const AT_RISK_DAYS = 30;

/**
 * When a text goes out, and whether the customer is told whether he wants texts or not: of the notices, but of the
 * reminders only the one that says that he may lose the vehicle.
 */
export function sendingOf(message: Message): { readonly urgency: Sending['urgency']; readonly isLegal: boolean } {
  if (isOfParties(message)) return { urgency: 'day', isLegal: isPartyLegal(message.template) };
  const { urgency, isLegal } = sendings[message.template];
  return { urgency, isLegal: isLegal && (message.template !== 'reminder' || message.daysPastDue >= AT_RISK_DAYS) };
}

export function textOf(message: Message): string {
  switch (message.template) {
    case 'offer':
    case 'declined':
    case 'lapsed':
    case 'deposit_received':
    case 'deposit_owed_again':
    case 'welcome':
      return ofApplication(message);
    case 'reminder':
      return reminder(message);
    case 'prompt_declined':
      return `You did not confirm the payment request. ${again(message)}`;
    case 'wrong_pin':
      return `The PIN was not right, so nothing was paid. ${again(message)}`;
    case 'other_method':
      return `Your mobile-money account cannot pay (${message.reference}). Please choose another payment method in the app.`;
    case 'late_fee':
      return `A late fee of ${formatMoney(message.fee)} was added (${message.reference}). Trouble paying? Talk to us before the next one.`;
    case 'immobilisation_warning':
      return `${formatMoney(message.overdue)} is late (${message.reference}). Unless it is paid, your vehicle will be stopped when parked, ${message.hours} hours from now. Trouble? Talk to us.`;
    case 'restart_code':
      return `Thank you for paying. If your vehicle does not start by itself, type this code into its keypad, once: ${message.code}`;
    case 'paused':
      return `Your lease is paused: nothing is collected before ${message.until}, and every instalment moves by as many days.`;
    case 'crash_noticed':
      return `The tracker noticed a hard blow. Are you well? Call us for help. While the vehicle is repaired you can ask for a pause (${message.reference}).`;
    case 'promised':
      return `Thank you. We expect ${formatMoney(message.amount)} on ${message.on} and will not ask before.`;
    case 'restructured':
      return `Your new plan: ${formatMoney(message.instalment)} each time, first on ${message.firstDueOn}. The total price has not changed.`;
    case 'theft_reported':
      return `Your vehicle (${message.reference}) was reported stolen. ${message.until === undefined ? '' : `Nothing is collected before ${message.until}. `}If that was not you, call us at once.`;
    case 'returned':
    case 'total_loss':
      return isOver(message);
    case 'repossessed':
      return `We took the vehicle back. ${formatMoney(message.owed)} is still owed on ${message.reference}; what its sale brings is set against it. Please call us.`;
    case 'owner':
      return 'Congratulations! You made the last payment: the vehicle is yours.';
    case 'your_turn':
    case 'vehicle_gone':
    case 'turn_delayed':
    case 'hold_extended':
      return ofHold(message);
    case 'refund':
      return `We sent ${formatMoney(message.amount)} back to your mobile-money account.`;
    case 'answer_awaited':
    case 'unanswered':
    case 'answer':
    case 'answered':
      return ofTicket(message);
    default:
      return partyText(message, 'en');
  }
}

/** What becomes of an application, until the vehicle is handed over. */
function ofApplication(message: Extract<Message, { readonly template: ApplicationTemplate }>): string {
  switch (message.template) {
    case 'offer':
      return `Your application is approved. Accept the offer within ${message.hours} hours; the deposit is ${formatMoney(message.deposit)}.`;
    case 'declined':
      return 'We cannot offer you this vehicle now. The app shows the reasons and what would help.';
    case 'lapsed':
      return 'Your application has lapsed because its time ran out. You can apply again at any time.';
    case 'deposit_received':
      return `We received your deposit of ${formatMoney(message.deposit)}. An agent will hand your vehicle over.`;
    case 'deposit_owed_again':
      return `Your deposit was taken back: ${formatMoney(message.deposit)} is owed again (${message.reference}). We will send a payment request; you can pay before it.`;
    case 'welcome':
      return `Ride safely! You pay ${formatMoney(message.instalment)}, first on ${message.firstDueOn}. Your reference is ${message.reference}.`;
  }
}

function again({ reference, onAgain }: { readonly reference: string; readonly onAgain?: string }): string {
  return `We will ask again ${onAgain === undefined ? 'soon' : `on ${onAgain}`}; you can pay any time with reference ${reference}.`;
}

/** Reminders grow firmer: help is offered first, then an agent, then the consequences. */
function reminder({ overdue, daysPastDue, reference }: Extract<Message, { template: 'reminder' }>): string {
  const late = `${formatMoney(overdue)} is ${daysPastDue} ${daysPastDue === 1 ? 'day' : 'days'} late (${reference}).`;
  if (daysPastDue < 7) return `${late} Pay in the app or by mobile money with this reference. Trouble? Talk to us.`;
  if (daysPastDue < AT_RISK_DAYS)
    return `${late} Please pay, or tell us when you can: the app takes a promise, an agent a new plan.`;
  return `${late} Your lease is at risk. An agent will visit you; please pay or call us today.`;
}

/** The vehicle is not his any more: what that leaves of the lease. */
function isOver({
  template,
  owed,
  reference,
}: Extract<Message, { readonly owed: Money; readonly reference: string }>): string {
  const what = template === 'returned' ? 'You gave the vehicle back' : 'The vehicle is lost';
  return owed.amount === 0
    ? `${what} and your lease (${reference}) is over. Nothing is owed.`
    : `${what} and your lease is over. ${formatMoney(owed)} is still owed; please pay with reference ${reference}.`;
}

/** What becomes of a vehicle that is held, to whoever waits for it and whom it is held for. */
function ofHold(message: Extract<Message, { readonly template: HoldTemplate }>): string {
  switch (message.template) {
    case 'your_turn':
      return `It is your turn for the ${message.vehicle}: take it in the app within ${message.hours} hours, or it goes to the next who waits.`;
    case 'vehicle_gone':
      return `The ${message.vehicle} that you wait for is not to be had any more. The app shows others like it.`;
    case 'turn_delayed':
      return `The ${message.vehicle} that you wait for is held ${message.hours} hours longer for somebody else. Your place in the queue stays.`;
    case 'hold_extended':
      return `We hold the vehicle for you ${message.hours} hours longer. Sign the agreement, or pay the deposit, before then.`;
  }
}

/** What is said of a ticket. */
function ofTicket(message: Extract<Message, { readonly template: TicketTemplate }>): string {
  switch (message.template) {
    case 'answer_awaited':
      return `We wait for your answer to your request: by text, in the app, or call us. On ${message.until} we close it.`;
    case 'unanswered':
      return `Your request is closed since we have not heard from you. Answer this text, or write in the app, and it is open again.`;
    case 'answer':
      return answerText(message.said, 'en', message.isOver);
    case 'answered':
      return `We have answered your request. Please read it in the app, or call us.`;
  }
}
