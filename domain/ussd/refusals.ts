import type { ErrorCode } from '../errors.ts';
import type { UssdSaying } from './phrases.ts';

/** What a customer is told of a refusal; of others that it is not possible now. */
const told: Readonly<Partial<Record<ErrorCode, UssdSaying>>> = {
  pause_refused: 'noDaysOff',
  promise_refused: 'noPromise',
  vehicle_unavailable: 'vehicleGone',
  held_before: 'heldBefore',
  payments_under_way: 'paymentsUnderWay',
  request_on_phone: 'requestOnPhone',
  settlement_under_way: 'paymentsUnderWay',
  emergency_restart_used: 'restartUsed',
  vehicle_not_stopped: 'restartUsed',
  rate_limited: 'tryAgain',
  unavailable: 'tryAgain',
  internal: 'tryAgain',
};

export const refusalSaid = (code: ErrorCode): UssdSaying => told[code] ?? 'notNow';
