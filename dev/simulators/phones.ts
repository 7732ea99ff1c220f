/**
 * A phone number in E.164 with the plus, from any of the ways clients write it: with or without the plus,
 * with spaces (a plus in a query string arrives as one).
 *
 * @returns undefined when it has not 8 to 15 digits.
 */
export function toE164(text: string): string | undefined {
  const digits = text.replaceAll(/[\s-]/g, '').replace(/^\+/, '');
  return /^[1-9]\d{7,14}$/.test(digits) ? `+${digits}` : undefined;
}

/** The number without the plus, as MTN and M-Pesa write it. */
export function withoutPlus(phone: string): string {
  return phone.replace(/^\+/, '');
}

/** `25471*****149`, as M-Pesa names a payer who paid by himself. */
export function masked(phone: string): string {
  const digits = withoutPlus(phone);
  return `${digits.slice(0, 5)}${'*'.repeat(Math.max(0, digits.length - 8))}${digits.slice(-3)}`;
}
