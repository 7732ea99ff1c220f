import type { Money } from './money.ts';

/**
 * Every kind of case, part of the public contract: what it means, and who does what about it. Documentation is
 * generated from here.
 */
export const caseKinds = {
  unknown_outcome: [
    'Nobody can say whether a charge, a refund, or money that was given back from suspense succeeded',
    'It is asked about on and on, and the case closes when it is known; an admin who sees it on a statement decides (`POST /v1/payments/{id}/decide`, of money in suspense `POST /v1/suspense/{id}/decide-give-back`)',
  ],
  lying_callback: [
    'A callback or an announcement is not signed as its provider signs, or contradicts what the provider says when asked',
    'Nothing was believed. An operator finds out who sent it, and changes the secret of the address if somebody else has it',
  ],
  differing_amount: [
    'Another sum was confirmed, claimed or announced than was asked for or is on the statement',
    'What the provider confirms is booked. An agent tells the customer where it is another sum than he was asked for',
  ],
  refund_failed: [
    'Credit of a lease that is over: mobile money refuses to give it back, or its receipt is not known',
    'An agent pays it out in cash or has it tried again (`POST /v1/leases/{id}/return-credit`); it closes when the credit is gone',
  ],
  wallet_refuses: [
    'A provider refuses to give money back for what is ours: too little is in our wallet, or its operator is not let in (`detail.reason`: `no_funds`, `wrong_pin`). One case of a provider and currency, at the first refusal',
    'An operator puts money into the wallet, or unlocks the operator at the provider, within days: what is refused five times waits for a person. It closes when money goes back by that provider again',
  ],
  credit_to_return: [
    'Credit of a lease that is over that has no way back by mobile money: cash, a number that is not known, less than its provider pays out',
    'Another agent than the one who took it pays it out in cash (`POST /v1/leases/{id}/return-credit`); it closes when the credit is gone',
  ],
  give_back_failed: [
    'Money in suspense could not be sent back to whoever had paid it: it waits again (`detail.declined` says why)',
    'An agent has it tried again (`POST /v1/suspense/{id}/give-back`), or gives it to its lease; it closes then',
  ],
  money_after_end: [
    'A customer paid by himself for a lease that is over and owes nothing (`detail.status`), and it does not go back by itself: it is too much, or its provider cannot (`detail.why`)',
    'An admin has it sent back (`POST /v1/suspense/{id}/give-back`), or an agent gives it to another lease; it closes then',
  ],
  late_money: [
    'Money arrived for a lease that goes on, and its workflow died or could not be told',
    'A workflow that runs is told again every five minutes; one that died an admin starts again (`POST /v1/leases/{id}/restart`), which books it. It closes when the money is booked',
  ],
  chargeback: [
    'A provider took money back, all of a payment or a part (`detail.amount`), that was used or given back already: it is in dispute',
    'An agent talks to the customer; what he pays later pays it. An admin gives up what nobody pays (`POST /v1/leases/{id}/give-up-dispute`)',
  ],
  former_chargeback: [
    'A provider took back what a customer had paid before his lease was made over to somebody else (`detail.customerId`, `detail.amount`, and once a part is paid `detail.left`): he owes it, was told so and asked to call, and nobody who has the lease now',
    'An agent talks to who had the lease, and takes what he pays of it in cash (`POST /v1/leases/{id}/claim-cash`), or has him pay by pay-bill with its reference once the lease is over; the last of it closes it. Where it is at its provider again another admin books it again (`POST /v1/payments/{id}/book-again`); what nobody pays an admin gives up (`POST /v1/leases/{id}/give-up-dispute`), which close it',
  ],
  owed_again: [
    'A provider took a payment of a lease that runs back, all of it or a part (`detail.amount`): what it had paid is owed again (`detail.owed`), and its customer was told',
    'An agent talks to the customer, who may not know of it, agrees on how it is paid, and closes the case; it closes when the payment is booked again',
  ],
  written_off_paid: [
    'All that a lease owed which was written off is paid (`detail.recovered`), and nothing makes its vehicle (`detail.vehicleId`) the customer’s by that',
    'Nobody else is offered the vehicle meanwhile. An admin decides whether the customer gets it with its title, which is made out to him outside of this system, tells him, writes down which it is, and closes the case; it closes when some of what was paid is taken back',
  ],
  refund_beyond_credit: [
    'A refund that counted as failed got through as well as the one that was sent instead: it is in dispute',
    'An agent asks the customer, or the provider, for what was given back twice',
  ],
  settlement_stopped: [
    'A settlement that was paid in part (`detail.paid`) is collected no further: more is owed by now than was quoted, or a prompt of it failed when its quote had expired',
    'An agent tells the customer: what he has paid counts, and another quote says what is left. He closes the case',
  ],
  float_overdrawn: [
    'Cash that an agent had handed over was taken back: his float is below zero',
    'An admin finds out where the cash is; it closes when the float is no less than nothing again',
  ],
  float_without_agent: [
    'An agent who is disabled holds cash by the books',
    'An admin collects the cash and declares it for him (`POST /v1/agents/{id}/remittances`), and another one confirms it; what is gone is booked as lost (`POST /v1/agents/{id}/losses`). It closes when nothing is left',
  ],
  backdated_cash: [
    'An agent says that he took cash on an earlier day',
    'Another agent or an admin confirms or rejects the day when closing the case (`decision`); a lease whose end hangs on it waits',
  ],
  cash_to_confirm: [
    'Cash that is far more than its customer was to pay next has ended a lease, or all but ended it (`detail.amount`, `detail.receiptNumber`), by the word of the agent alone who took it (`detail.agentId`): perhaps a zero too many',
    'Another agent or an admin counts the cash or asks the customer, and closes the case where it is right; where it is not, an admin takes it back (`POST /v1/payments/{id}/reverse`), which closes it, and so does a remittance that leaves nothing with the agent. Until then the vehicle is not made over to its customer, and credit that this cash made is not paid out',
  ],
  deposit_in_doubt: [
    'An application does not lapse since its deposit may be there: it was paid, announced or is in suspense, and is not booked',
    'An agent has it booked, or given to whom it belongs (`GET /v1/suspense`), and closes the case; the application then goes on, or lapses',
  ],
  handover_overdue: ['Nobody has handed a vehicle over in time', 'An agent hands it over, and closes the case'],
  tampering_in_arrears: [
    'Somebody is at the tracker of a vehicle whose lease is in arrears: power, antenna or radio',
    'An agent rings the customer, looks at the vehicle and its tracker, and closes the case',
  ],
  suspected_theft: [
    'A vehicle was towed and is out of its country within a day: it may have been stolen',
    'An agent rings the customer, reports the theft where it is one (`POST /v1/leases/{id}/report-theft`), and closes the case; it closes when the stolen vehicle is found',
  ],
  theft_unresolved: [
    'A stolen vehicle was not found in the days for which collection waits, or none are left: it is collected for',
    'An admin agrees with the customer and the insurance, and writes the lease off (`POST /v1/leases/{id}/write-off`) or waits; it closes when the vehicle is found',
  ],
  insurance_to_confirm: [
    'A lease has ended as a total loss or was written off by what an insurer pays (`detail.amount`, `detail.reference`), and nobody has seen that money yet',
    'Another admin than the one who ended it (`detail.declaredBy`) closes the case with what came: `decision` `confirmed`, with `amount` where it is less, or `rejected`; what did not come is taken out of the books. Until then what it made credit (`detail.surplus`) is not given back, after it an agent has it given back (`POST /v1/leases/{id}/return-credit`)',
  ],
  sale_to_confirm: [
    'A vehicle that was taken back was sold for so much (`detail.proceeds`) that more than an agent gives back alone is left for its customer (`detail.surplus`), or for nothing, and nobody else has seen it',
    'Another admin than the one who has said so (`detail.saidBy`) says what it brought (`POST /v1/leases/{id}/confirm-sale`), which closes it. Until then what is left of it is not given back',
  ],
  insurance_overdue: [
    'Nobody has said for 30 days whether an insurer’s money came (`detail.caseId` is its case)',
    'An admin asks the insurer, and another one than ended the lease decides on the case before, which closes this one',
  ],
  death_to_confirm: [
    'Somebody says that a customer has died: nothing is collected of his leases meanwhile, and he is told nothing',
    'An agent finds out by `detail.dueOn`; another one than has reported it confirms it by its document (`POST /v1/leases/{id}/confirm-death`) or refutes it (`/refute-death`); it closes then',
  ],
  estate_to_settle: [
    'A customer has died: his estate chooses by `detail.dueOn` whether an heir takes his leases over, they are settled, or the vehicles go back',
    'An agent talks to the estate, says what it has chosen (`POST /v1/leases/{id}/confirm-death`), has it done (`/transfers`, `/settle`, `/return`), and closes the case',
  ],
  estate_overdue: [
    'A customer has died, or is said to have, and by `detail.until` nobody had decided what becomes of his lease or application: it waits on',
    'An admin decides with the estate, and closes the case',
  ],
  hardship_to_decide: [
    'A customer asks for relief (`detail.why`)',
    'An agent looks at what shows it, and grants or declines it (`POST /v1/leases/{id}/hardship-decision`); it closes then',
  ],
  hardship_to_review: [
    'The relief of a lease is over: it is collected again',
    'An agent looks at how its customer goes on, agrees with him on another plan where he needs one, and closes the case',
  ],
  transfer_to_confirm: [
    'Somebody has accepted to take a lease over (`detail.transferId`, `detail.assessed`)',
    'Another admin than who proposed it confirms it (`POST /v1/transfers/{id}/confirm`) or rejects it (`/end`); it closes then, and when nobody does so in time',
  ],
  upgrade_waits: [
    'An exchange of a vehicle (`detail.upgradeId`) waits for staff (`detail.next` says for what), and lapses if nobody does it',
    'An agent goes on with it (`POST /v1/upgrades/{id}/decision`, `/inspect`, `/complete`), or gives it more time (`/extend-hold`); it closes when it goes on, or is over',
  ],
  signed_by_another_name: [
    'An agreement (`detail.agreementId`) was signed by a name that shares no word with the one that its signer is registered by; its page shows both',
    'An agent asks the customer, and closes the case, or has the name changed that he is registered by; the agreement holds meanwhile',
  ],
  collateral_overdue: [
    'What has to be done at a public register for a lease (`detail.kind`) was not done by `detail.dueOn`; a `discharge` and a `title` are owed to its customer',
    'An agent does it there and says so (`POST /v1/collateral-steps/{id}/done` of `detail.stepId`), or an admin says why nothing has to be done (`/drop`); it closes then, and is there again a week after somebody closed it before',
  ],
  vehicle_to_inspect: [
    'A vehicle was given back or taken back: it is in maintenance',
    'An agent takes it in, inspects it, closes the case, and makes it available (`PATCH /v1/vehicles/{id}`, which waits for that) or retires it',
  ],
  visit_customer: ['A lease is in arrears for long', 'An agent visits the customer, and closes the case'],
  forged_announcement: [
    'A payment was announced that the provider does not know of',
    'Nothing was booked. An agent who has seen it on a statement has it asked about again (`POST /v1/suspense/{id}/ask`); it closes when the provider knows of it',
  ],
  phone_shared: [
    'Two accounts turned out to have one phone number; one of them cannot log in any more',
    'An admin finds out whose it is, and gives the other one another number',
  ],
  number_given_up: [
    'A customer has another phone number now, and pays by payment methods of the one before (`detail.paymentMethodIds`), which may be somebody else’s',
    'Money from that number is not taken for his. An agent asks him, has leases collected by another payment method (`POST /v1/leases/{id}/payment-method`), and closes the case',
  ],
  wrong_number: [
    'Whoever answered the phone is not the customer (`POST /v1/leases/{id}/calls`, outcome `wrong_number`)',
    'An agent visits the customer, changes the number where it is wrong (`PATCH /v1/users/{id}`), and closes the case',
  ],
  receipt_taken: [
    'A charge was confirmed with a receipt that another payment has, and is booked without it; or one was decided on with the receipt of what its customer paid by himself, which waits in suspense',
    'An operator asks the provider which of them the receipt is of. A charge that was never paid is reversed, which closes the case, and what waits is resolved',
  ],
  service_due: [
    'A vehicle has driven as far as its next service, or has had none for as long (`domain/vehicles/service.ts`)',
    'An agent has its customer bring it in, or has it serviced in the yard, and closes the case; a pause is what a longer repair takes',
  ],
  paper_lapsing: [
    'A paper that a vehicle needs on the road (`detail.kind`: its insurance) lapses with `detail.validUntil`, and no other follows it',
    'An agent has it renewed and hands the new one in (`POST /v1/vehicles/{id}/papers`), which closes it; once it has lapsed nobody should ride',
  ],
  days_not_credited: [
    'A vehicle was in our workshop for longer than its allowance, and the lease did not take the days (`detail.days`) as a pause; `detail.why` says why',
    'An agent talks to the customer, pauses the lease when it takes it (`POST /v1/leases/{id}/pause` with `repair`: while the case is open it counts as none of the customer’s own), and closes the case',
  ],
  vehicle_not_started: [
    'A vehicle that has to move was told so several times, and nobody has seen it at its output (`detail.vehicleId`)',
    'It is told on and on, and the customer has a code to type in. An agent calls him and goes there; it closes when the vehicle is seen to move',
  ],
  stray_stop: [
    'A vehicle was stopped that nobody had told to be at that time (`detail.vehicleId`)',
    'It was told to move at once. A developer finds out which command was late, and closes the case',
  ],
  stop_undone: [
    'A vehicle that was stopped may start though nobody has told it to: its unit was reset, or somebody is at its wires (`detail.vehicleId`)',
    'Its lease is in arrears again, and it is stopped again where every gate is open, three times at most. An agent rings the customer, looks at the wiring, and closes the case',
  ],
  relay_test_failed: [
    'The relay of a vehicle in the yard did not stop and start as it was told (`detail.vehicleId`)',
    'A fitter looks at the wiring, tests it again (`POST /v1/trackers/{id}/relay-test`), and closes the case',
  ],
  relay_not_proven: [
    'A customer has a vehicle whose relay nobody has seen to stop and start it (`detail.vehicleId`, `detail.trackerId`): it is never stopped, whatever is owed',
    'An agent has the relay tested when the vehicle is in the yard or the workshop (`POST /v1/trackers/{id}/relay-test`); it closes when it is proven, or another unit is fitted, or the lease is over. Closed by hand it is not opened again for that lease and unit',
  ],
  step_without_effect: [
    'A step of a lease has changed nothing for many times, or something is owed and nothing is due (`detail.step` is `none`); it is tried ever more rarely',
    'A developer finds out why, with `detail.step` and the workflow’s history',
  ],
  workflow_died: [
    'The workflow of a lease was terminated, failed, timed out or was cancelled, and the lease goes on',
    'An admin starts it again (`POST /v1/leases/{id}/restart`); it closes when it runs, or has nothing left to do',
  ],
  activity_failing: [
    'A step of a workflow fails again and again, or was given up (`detail.givenUp`)',
    'A developer mends it; it closes when it works, or when whoever asked for it has another answer. What was given up a person makes up for, and closes the case',
  ],
  events_not_taken: [
    'A reader of the events (`detail.reader`) has not got an event through for minutes: of one subject (`detail.subject`, the others go on), or of any',
    'A developer finds out why; it is tried at least once a minute, nothing is lost, and the case closes when it is taken',
  ],
  webhook_disabled: [
    'An endpoint of webhooks is told nothing any more: it answered 410, or took nothing for five days (`detail.for`)',
    'The admin who made it (`detail.owner`) finds out why, makes it active again (`PATCH /v1/webhooks/{id}`) and redrives what is dead; it closes then',
  ],
  text_in_doubt: [
    'A text that the customer has to have was sent, and nobody knows whether its gateway took it (`detail.template`)',
    'It is not sent again by itself. An agent looks it up at the gateway or tells the customer, and closes the case',
  ],
  text_refused: [
    'The customer’s phone takes no texts: its number is none, or refuses them (`detail.template`, the first)',
    'An agent calls or visits the customer, changes the number where it is wrong, and closes the case',
  ],
  notice_undelivered: [
    'A notice that the customer has to have reached him by no channel (`detail.template`, `detail.reason`)',
    'An agent tells the customer, has it sent again (`POST /v1/dead-letters/{id}/redrive` of `detail.notificationId`), and closes the case; it closes when it is delivered',
  ],
  warning_unconfirmed: [
    'Warnings that a vehicle will be stopped were taken by the gateway of texts, and no network says that they arrived (`detail.vehicleId`, `detail.immobilisationId`): the vehicle is not stopped, and its customer is warned once a week instead of once a day',
    'An operator sees to the delivery reports (`AFRICASTALKING_CALLBACK_SECRET`, `INFOBIP_CALLBACK_SECRET`, and the address at the provider); where others are reported an agent calls the customer. It closes when a warning arrives, or nobody is to be stopped any more; closed by hand it is not opened again for that immobilisation',
  ],
  channel_off: [
    'A channel of notifications (`detail.channel`) has taken nothing for a day: it is switched off, and what is no legal notice goes by the others',
    'An operator finds out why, and closes the case: the channel is on again then',
  ],
  texts_ceiling: [
    'SMS have cost so much in a market today (`detail.market`, `detail.ceiling`) that only legal notices and codes are sent by SMS until tomorrow',
    'An operator finds out what sends so many, raises the ceiling where it is too low (`domain/notifications/rules.ts`), and closes the case',
  ],
  texts_used_up: [
    'So many login codes were asked for in an hour that no other is sent in it (`detail.mostAnHour`): nobody can log in anew',
    'An operator finds out who asks for them, keeps him out or raises `TEXTS_HOUR`, and closes the case',
  ],
  reconciliation_missing_here: [
    'A payment is on the provider’s statement and not in the books',
    'What is ours is booked by itself, and its case is closed. Any other an admin looks up at the provider',
  ],
  reconciliation_missing_there: [
    'A payment is in the books and on no statement of the provider',
    'An admin asks the provider, and takes the payment back if it never was (`POST /v1/payments/{id}/reverse`)',
  ],
  statement_incomplete: [
    'The statement of a day (`detail.provider`, `detail.market`, `detail.date`) lacks what its provider has confirmed to us (`detail.lacking` movements), and does so on the third morning after it still, or is not to be had since',
    'Nothing was decided by what it lacks. An admin asks the provider for the whole statement, or accepts it as it is: he closes the case, also where the provider keeps that statement no longer, or asks for the report of that day (`POST /v1/reconciliations`); both make each that is missing a case. It closes with the first good report',
  ],
  statement_unread: [
    'The statement of a day (`detail.provider`, `detail.market`, `detail.date`) has lines that nobody can read, of a kind that is not known, or of no sum (`detail.unread` of them, the first of them in `detail.lines`)',
    'Everything else of that day is reconciled. An admin looks what they are: a fee or a transfer to the bank is nothing of a lease; money of a customer is asked for from the provider in a form that can be read. A day has one such case at most, unless it gets more such lines',
  ],
  reconciliation_differs: [
    'A payment has another sum or receipt on the statement than in the books',
    'An admin asks the provider; nothing is corrected by itself',
  ],
} as const satisfies Record<string, readonly [means: string, whoDoesWhat: string]>;

export type CaseKind = keyof typeof caseKinds;

/** What makes a case one while it is open: its kind, and what it is about. */
export const caseKey = (kind: CaseKind, about: string): string => `${kind}:${about}`;

/** The kinds that tell somebody of the credit of a lease that is over: what one tells of, nobody else has to look after. */
export const creditCases = ['refund_failed', 'credit_to_return'] as const satisfies readonly CaseKind[];
export type CreditCase = (typeof creditCases)[number];
export const isCreditCase = (kind: CaseKind): kind is CreditCase => creditCases.some((one) => one === kind);

/** Whether an open one tells of what there is now: opened again, it has the sums of then. */
export const tellsOfNow = (kind: CaseKind): boolean =>
  isCreditCase(kind) || kind === 'float_overdrawn' || kind === 'float_without_agent';

/** A case that is to be opened. */
export interface CaseOrder {
  readonly kind: CaseKind;
  readonly leaseId: string | null;
  readonly paymentId: string | null;
  /** Id of what it is about, where that is neither a payment nor a lease, or where it may come again. */
  readonly about?: string;
  /** Sums are `Money`; minor units alone are in cases of before. */
  readonly detail: Record<string, unknown> & { readonly amount?: Money; readonly credit?: Money };
}
