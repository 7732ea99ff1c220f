/**
 * Every error code of the platform: the HTTP status it answers with, and what it means. The closed
 * union is the contract with clients; the reference in docs/ is generated from this table.
 */
export const errorCodes = {
  invalid_json: [400, 'The body is not JSON'],
  invalid_input: [400, 'A field is missing, unknown or wrong; errors[] names each'],
  idempotency_key_required: [400, 'This request moves money and needs an Idempotency-Key'],
  unauthenticated: [401, 'No valid access token'],
  wrong_credentials: [401, 'The e-mail, password, code or token is not right'],
  forbidden: [403, 'The role may not do this'],
  second_restructure: [403, 'The lease was restructured within a year; another time is for an admin to decide'],
  same_person: [403, 'Another person has to do this than who had a part in it'],
  second_factor_required: [
    403,
    'A fresh proof of who asks is needed: log in by a one-time code again, or name one in the request',
  ],
  not_found: [404, 'There is no such object, or it is not yours'],
  method_not_allowed: [405, 'The route does not take this method'],
  conflict: [409, 'Another one was first, or there are as many as may be; detail says which'],
  already_exists: [409, 'Such an object exists already'],
  invalid_state: [409, 'The object is in a state that forbids this'],
  not_redrivable: [409, 'It cannot be done again; detail says why'],
  vehicle_unavailable: [409, 'The vehicle is not available; choose another'],
  papers_lapsed: [409, 'A paper that the vehicle needs on the road has lapsed; hand in the one that renews it'],
  inspection_failed: [409, 'The vehicle did not pass its inspection before the handover; mend it and inspect it again'],
  held_before: [
    409,
    'The customer has held this vehicle and let it go so often that he waits before he holds it again; detail says until when',
  ],
  request_in_progress: [409, 'The first request with this Idempotency-Key is still running'],
  payment_method_in_use: [409, 'A live lease collects by this payment method'],
  receipt_conflict: [409, 'The receipt number was used for another payment'],
  clock_not_advanced: [409, 'The clock of the lease did not get there'],
  not_returnable: [409, 'The provider cannot send this money back to whoever paid it; detail says why'],
  float_exceeded: [409, 'The agent would hold more cash than the ceiling; hand some over first'],
  payments_under_way: [409, 'So many payments are under way, or so much, that no other is begun; detail says which'],
  request_on_phone: [
    409,
    'The lease has asked this phone for that money by itself: the request is confirmed or declined there',
  ],
  phone_declined: [409, 'The number has declined so many payments today that it is asked again tomorrow'],
  vehicle_stopped: [409, 'The vehicle is stopped by this tracker; have it moved first'],
  upgrade_refused: [409, 'The vehicle cannot be exchanged for that one now; detail says why'],
  upgrade_under_way: [409, 'An exchange of this vehicle is under way'],
  no_death_reported: [409, 'Nobody has reported that the customer of the lease has died'],
  not_requested: [409, 'Nobody has asked for what is decided'],
  transfer_refused: [409, 'The lease is not made over to somebody else now; detail says why'],
  transfer_under_way: [409, 'It is proposed already that somebody else takes the lease over'],
  quote_expired: [409, 'The settlement quote was used or has expired; ask for a new one'],
  too_many_quotes: [409, 'Many quotes were made within a day; settle by one that is still good, or ask tomorrow'],
  settlement_under_way: [409, 'A settlement of the lease is being paid; wait for its outcome'],
  extension_refused: [409, 'The hold of the vehicle is not extended by so much; detail says why'],
  pause_refused: [409, 'A pause is not granted now; detail says why'],
  agreement_outdated: [409, 'The terms are not these any more: draft the agreement again, read it, and sign that one'],
  schedule_change_refused: [409, 'The schedule is not changed so now; detail says why'],
  repossession_refused: [409, 'The vehicle may not be taken back now; detail says why'],
  notice_required: [409, 'A written notice has to be given, and to run, before this; detail says until when'],
  court_order_required: [409, 'Two thirds are paid: a court has to order this'],
  guarantor_required: [409, 'The credit was given on somebody who answers for the lease, and nobody has consented yet'],
  return_refused: [409, 'The customer cannot give the vehicle back alone now; detail says why'],
  promise_refused: [409, 'The promise is not taken; detail says why'],
  paused_by_operator: [409, 'An operator has paused the work on this object; send it again when it goes on'],
  immobilisation_under_way: [409, 'The vehicle is being stopped or started already'],
  not_confirmable: [409, 'There is no order that waits for another person; whoever gave it cannot confirm it'],
  emergency_restart_used: [409, 'An emergency restart was granted before; it is granted once an immobilisation'],
  vehicle_not_stopped: [409, 'Nothing that is owed stops the vehicle now: there is nothing to start it from'],
  vehicle_not_leased: [409, 'Nobody has the vehicle by a lease that runs'],
  lease_paused: [409, 'The lease is paused; its vehicle is not stopped meanwhile'],
  lease_stolen: [409, 'The vehicle was reported stolen; only the order of an admin stops it'],
  vehicle_not_stolen: [409, 'Nobody has reported the vehicle stolen'],
  vehicle_with_customer: [
    409,
    'A customer has the vehicle; a relay is tested before the handover, or while work on the vehicle is under way',
  ],
  no_market_rule: [409, 'Nobody has entered what the law of the market asks for'],
  plan_never_stops: [409, 'The plan of the lease stops no vehicle'],
  not_past_threshold: [409, 'The lease is not late by more days than plan and law ask for'],
  two_thirds_paid: [409, 'Two thirds are paid; the law allows nothing without a court'],
  money_in_doubt: [409, 'It may be paid: money is in doubt or on its way'],
  promise_open: [409, 'The customer has promised to pay on a day that has not passed'],
  relief_undecided: [409, 'The customer has asked for relief, and nobody has decided yet'],
  plan_not_agreed: [409, 'The customer may still have undone a plan by which he pays more each time'],
  notice_not_delivered: [409, 'No warning was delivered to the customer'],
  notice_running: [409, 'The notice of the warning has not run out'],
  emergency_restart_running: [409, 'An emergency restart runs'],
  no_tracker: [409, 'The vehicle has no tracker'],
  tracker_takes_no_commands: [409, 'The tracker of the vehicle is of a kind that takes no commands'],
  relay_not_proven: [409, 'The relay was not seen to stop and start; test it while the vehicle stands in the yard'],
  command_in_flight: [409, 'Another command of the vehicle is under way'],
  outside_allowed_hours: [409, 'At this hour no vehicle is stopped'],
  tracker_offline: [409, 'The tracker is offline'],
  fix_stale: [409, 'The last position is older than a minute'],
  fix_suspect: [409, 'The last position cannot be believed'],
  protected_place: [409, 'The vehicle is where no vehicle may be stopped'],
  vehicle_moving: [409, 'The vehicle moves'],
  ignition_on: [409, 'The ignition is on'],
  precondition_failed: [412, 'If-Match names another version of the object'],
  payload_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not accepted here'],
  unprocessable: [422, 'The input is well-formed but cannot be meant'],
  currency_mismatch: [422, 'The currency is not the one of the lease'],
  idempotency_key_reused: [422, 'The Idempotency-Key was used with another body'],
  upgrade_required: [426, 'This is a WebSocket: ask for the upgrade'],
  rate_limited: [429, 'Too many requests; Retry-After says when to come back'],
  internal: [500, 'Something broke on our side; the request id finds it in the logs'],
  unavailable: [503, 'A part that is needed does not answer; try again'],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof errorCodes;

/** What is wrong with one field; `path` is dotted (`amount.currency`). */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** A refusal with a code: the API answers it as problem+json, a workflow's update rejects with it. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];

  constructor(code: ErrorCode, detail: string = errorCodes[code][1], errors: readonly FieldError[] = []) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.errors = errors;
  }

  get status(): number {
    return errorCodes[this.code][0];
  }
}

/** What a request says is wrong: which of its fields, and why. */
export const wrongInput = (errors: readonly FieldError[]): Problem =>
  new Problem('invalid_input', 'The input is wrong; errors names each field', errors);

/** The header that a request which moves money was sent without. */
export const keyMissing = (): Problem =>
  new Problem('idempotency_key_required', undefined, [{ path: 'Idempotency-Key', message: 'is required' }]);

/** A refusal that passes: the answer says when to come back. */
export class TryLater extends Problem {
  readonly retryAfterSeconds: number;

  constructor(code: ErrorCode, detail: string, retryAfterSeconds: number) {
    super(code, detail);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A journey in time that did not get there. */
export class ClockNotAdvanced extends Problem {
  /** Where the clock of the lease got to. */
  readonly asOf: Date;

  constructor(asOf: Date, why: string) {
    super('clock_not_advanced', `The clock got to ${asOf.toISOString()}: ${why}`);
    this.asOf = asOf;
  }
}

/** Too many of something that is counted over a longer while than a second. */
export class TooManyRequests extends TryLater {
  constructor(detail: string, retryAfterSeconds: number) {
    super('rate_limited', detail, retryAfterSeconds);
  }
}
