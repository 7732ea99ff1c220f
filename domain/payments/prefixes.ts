import type { PaymentProvider } from '../markets.ts';

/**
 * Whose a number was when it was given out, longest prefix first; null is a network by which nobody of ours
 * collects, so that its wider prefix does not count. Prefixes are written after the calling code.
 *
 * Mobile numbers: the blocks that UCC (Uganda), the Communications Authority (Kenya) and RURA (Rwanda) have
 * given to networks, as collected by libphonenumber 9.0.43 (November 2026), read on 2026-11-28;
 * `findings/kenyan-prefixes.sh` prints Kenya's. Uganda's 039, which libphonenumber gives to nobody, is MTN's.
 *
 * In all three countries numbers are taken along from network to network, so a prefix only preselects a
 * provider where the customer names none. Where it does not decide he is asked.
 */
const networks: Readonly<Record<string, Readonly<Record<string, PaymentProvider | null>>>> = {
  '+256': {
    '39': 'mtn',
    '70': 'airtel',
    // 071 is UTL's; 072 and 073 are shared by many.
    '724': 'mtn',
    '7240': null,
    '730': 'airtel',
    '731': 'airtel',
    '732': 'airtel',
    '737': 'mtn',
    '74': 'airtel',
    '75': 'airtel',
    '76': 'mtn',
    '77': 'mtn',
    '78': 'mtn',
    '79': 'mtn',
    // Africell's, which has left.
    '798': null,
    '799': null,
  },
  // M-Pesa is Safaricom's. 010x, 073, 075x, 076x and 078 are Airtel's, 077 Telkom's, 012x and 013x of others.
  '+254': {
    '11': 'mpesa',
    '14': 'mpesa',
    '18': 'mpesa',
    '70': 'mpesa',
    '71': 'mpesa',
    '72': 'mpesa',
    '74': 'mpesa',
    '744': null,
    '747': null,
    '757': 'mpesa',
    '758': 'mpesa',
    '759': 'mpesa',
    '768': 'mpesa',
    '769': 'mpesa',
    '79': 'mpesa',
  },
  '+250': { '72': 'airtel', '73': 'airtel', '78': 'mtn', '79': 'mtn' },
};

/** Digits of a calling code with its plus, and of the longest prefix after it. */
const CALLING_CODE = 4;
const LONGEST = 4;

/** The provider to suggest for a phone (E.164 with the plus), or null where its prefix tells nothing. */
export function suggestProvider(phone: string): PaymentProvider | null {
  const known = networks[phone.slice(0, CALLING_CODE)] ?? {};
  for (let length = LONGEST; length > 0; length -= 1) {
    const found = known[phone.slice(CALLING_CODE, CALLING_CODE + length)];
    if (found !== undefined) return found;
  }
  return null;
}
