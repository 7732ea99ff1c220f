/**
 * The one form of a receipt's number, however it is written: `KLA-17`, `kla 17` and `KLA17` are one receipt.
 * Empty where there is no letter or digit in it.
 */
export function normalReceiptNumber(typed: string): string {
  return typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
