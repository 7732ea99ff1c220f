import type { DeclineReason } from '#domain/payments/decline';
import { rows, type AnswerRow } from './answers.ts';

const common = 'Airtel Africa developer portal, common error codes (ROUTER)';
const product = 'Airtel Africa developer portal, product specific error codes (ESB)';
const http = 'Airtel Africa developer portal, HTTP error codes';
const collection = 'Airtel Africa developer portal, collection response codes (DP008)';
const disbursement = 'Airtel Africa developer portal, disbursement response codes (DP009)';

/** Ambiguous whatever stands beside it: enquire, never send again blind. */
const unclear: readonly AnswerRow[] = [
  ...[408, 502, 504].map((status) => ({ status, code: '', means: 'unknown', source: http }) as const),
  ...rows(['ROUTER117'], { status: 'any', means: 'unknown', source: common }),
  ...rows(['ESB000001', 'ESB000004', 'ESB000014', '0000900'], { status: 'any', means: 'unknown', source: product }),
];

/** The gateway did not let the request through. */
const refusedByGateway: readonly AnswerRow[] = [
  ...rows(
    [
      'ROUTER001',
      'ROUTER003',
      'ROUTER005',
      'ROUTER006',
      'ROUTER007',
      'ROUTER112',
      'ROUTER114',
      'ROUTER115',
      'ROUTER119',
    ],
    { status: 'any', means: 'refused', source: common },
  ),
  // Encrypted with a key that is Airtel's no more: a new one is asked for, and the request sent again.
  { status: 'any', code: 'ROUTER116', means: 'not_taken', source: common },
  ...rows(['ESB000011', 'ESB000033', 'ESB000034', 'ESB000035', 'ESB000036', 'ESB000039', 'ESB000045'], {
    status: 'any',
    means: 'refused',
    source: product,
  }),
  // With HTTP 200 Airtel calls it possibly ambiguous.
  { status: 400, code: 'ESB000008', means: 'refused', source: product },
  ...[400, 403, 404].map((status) => ({ status, code: '*', means: 'refused', source: http }) as const),
];

/** What a refusal, or the failure of a payment, says about the customer; other codes are Airtel's trouble or ours. */
export const airtelReasons: ReadonlyMap<string, DeclineReason> = new Map([
  ['DP00800001002', 'wrong_pin'],
  ['DP00800001003', 'over_limit'],
  ['DP00800001005', 'not_confirmed'],
  ['DP00800001007', 'no_funds'],
  ['DP00800001008', 'declined'],
  ['DP00800001009', 'blocked'],
  ['DP00800001010', 'no_subscriber'],
  ['DP00800001024', 'expired'],
  ['DP00800001029', 'expired'],
  ['DP00900001003', 'over_limit'],
  ['DP00900001009', 'no_subscriber'],
  ['DP00900001010', 'blocked'],
  ['DP00900001012', 'no_subscriber'],
  ['DP00900001013', 'declined'],
]);

const declined: readonly AnswerRow[] = rows(
  ['002', '003', '004', '005', '007', '008', '009', '010', '026', '029'].map((end) => `DP00800001${end}`),
  { status: 'any', means: 'refused', source: collection },
);

/** What Airtel's answers to a prompt mean. `success` is not read: the portal's own samples contradict it. */
export const airtelChargeAnswers: readonly AnswerRow[] = [
  ...unclear,
  ...rows(['DP00800001000', 'DP00800001024'], { status: 'any', means: 'unknown', source: collection }),
  // The id was used before: its status says the rest.
  { status: 'any', code: 'ESB000041', means: 'taken', source: product },
  ...declined,
  { status: 200, code: 'DP00800001001', means: 'taken', source: collection },
  { status: 200, code: 'DP00800001006', means: 'taken', source: collection },
  ...refusedByGateway,
  { status: 200, code: 'ESB000010', means: 'taken', source: product },
];

/**
 * What Airtel's answers to a refund mean. The portal's sample of a refund that was made has `success: false`
 * beside `transaction.status` SUCCESS, which is why that status is a code here.
 */
export const airtelRefundAnswers: readonly AnswerRow[] = [
  ...unclear,
  ...rows(['DP00800001000', 'DP00800001006', 'DP00800001024'], { status: 'any', means: 'unknown', source: collection }),
  ...declined,
  ...refusedByGateway,
  { status: 200, code: 'transaction SUCCESS', means: 'taken', source: 'Airtel Africa developer portal, refund' },
];

/** What Airtel's answers to a disbursement mean; its status is asked by our id in any case. */
export const airtelDisbursementAnswers: readonly AnswerRow[] = [
  ...unclear,
  // 011: "transaction with similar information already exists in this system".
  ...rows(['DP00900001000', 'DP00900001011', 'DP00900001014'], {
    status: 'any',
    means: 'unknown',
    source: disbursement,
  }),
  ...rows(['DP00900001017'], { status: 'any', means: 'taken', source: disbursement }),
  { status: 'any', code: 'ESB000041', means: 'taken', source: product },
  ...rows(
    ['003', '004', '005', '007', '009', '010', '012', '013', '016', '018'].map((end) => `DP00900001${end}`),
    { status: 'any', means: 'refused', source: disbursement },
  ),
  { status: 200, code: 'DP00900001001', means: 'taken', source: disbursement },
  { status: 200, code: 'DP00900001006', means: 'taken', source: disbursement },
  ...refusedByGateway,
  { status: 200, code: 'ESB000010', means: 'taken', source: product },
];
