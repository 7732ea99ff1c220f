/**
 * A receipt as the providers write it: capitals, digits and dots, nothing between. People type small letters
 * and spaces; two spellings of one receipt are one payment.
 */
export function normalReceipt(written: string): string {
  return written.replaceAll(/\s/g, '').toUpperCase();
}

/** Whether it is printable, and short enough to be a part of names. */
export function isReceipt(receipt: string): boolean {
  return /^[!-~]{1,64}$/.test(receipt);
}

/**
 * The one form of the number of an agent's receipt, however it is written: `KLA-17`, `kla 17` and `KLA17` are one receipt.
 * Empty where there is no letter or digit in it.
 */
export function normalReceiptNumber(typed: string): string {
  return typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
