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
