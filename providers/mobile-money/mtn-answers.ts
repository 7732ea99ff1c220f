import type { DeclineReason } from '#domain/payments/decline';
import { rows, type AnswerRow } from './answers.ts';

const openApi = "the portal's OpenAPI of Collections and Disbursements";
const errors = 'MTN MoMo, common error codes';

/**
 * What MTN's answers to `requesttopay` and `refund` mean. A used X-Reference-Id was taken before: its status says
 * the rest. Everything else is asked about by that id, and sent again under it only after a 404.
 */
export const mtnAnswers: readonly AnswerRow[] = [
  { status: 202, code: '', means: 'taken', source: openApi },
  { status: 409, code: '', means: 'taken', source: openApi },
  { status: 'any', code: 'RESOURCE_ALREADY_EXIST', means: 'taken', source: errors },
  // The codes of MTN's own trouble come with any status.
  ...rows(['INTERNAL_PROCESSING_ERROR', 'SERVICE_UNAVAILABLE'], { status: 'any', means: 'unknown', source: errors }),
  ...[400, 403, 404].map((status) => ({ status, code: '*', means: 'refused', source: errors }) as const),
  // The specification gives it no body.
  { status: 400, code: '', means: 'refused', source: openApi },
  // Refusals of the set-up, which MTN documents with the status of a server error.
  ...rows(['NOT_ALLOWED', 'NOT_ALLOWED_TARGET_ENVIRONMENT', 'INVALID_CALLBACK_URL_HOST', 'INVALID_CURRENCY'], {
    status: 500,
    means: 'refused',
    source: errors,
  }),
];

/** What MTN says about a customer, in an answer or as the reason of a failure. */
export const mtnReasons: ReadonlyMap<string, DeclineReason> = new Map(
  Object.entries<DeclineReason>({
    NOT_ENOUGH_FUNDS: 'no_funds',
    LOW_BALANCE_OR_PAYEE_LIMIT_REACHED_OR_NOT_ALLOWED: 'no_funds',
    // Often means the same, says the reference.
    INTERNAL_PROCESSING_ERROR: 'no_funds',
    APPROVAL_REJECTED: 'declined',
    PAYMENT_NOT_APPROVED: 'declined',
    TRANSACTION_CANCELED: 'declined',
    EXPIRED: 'expired',
    // Not approved within five minutes.
    COULD_NOT_PERFORM_TRANSACTION: 'expired',
    PAYER_NOT_FOUND: 'no_subscriber',
    PAYEE_NOT_FOUND: 'no_subscriber',
    PAYER_LIMIT_REACHED: 'over_limit',
    NOT_ALLOWED: 'blocked',
  }),
);
