import type { Market } from '#domain/markets';

const letter = (number: number) => String.fromCharCode(65 + (number % 26));

/** A registration of its own for each number, as the market has them. */
export function plateOf(number: number, market: Market = 'UG'): string {
  const first = { UG: 'U', KE: 'K', RW: 'R' }[market];
  const thousands = Math.floor(number / 1000);
  const digits = String(number % 1000).padStart(3, '0');
  const last = letter(Math.floor(thousands / 26));
  return `${first}T${letter(thousands)} ${digits}${market === 'RW' ? ' ' : ''}${last}`;
}
