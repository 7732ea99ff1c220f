import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { markets, marketRules, type Market } from './markets.ts';

/**
 * What a phone is written as everywhere: in accounts, payment methods, callbacks and statements.
 *
 * Clients write a number in several ways that the network takes for one: `+2560772458119` has the zero of
 * calls inside Uganda. Here it has one form, so that its hash has one too.
 *
 * Which numbers can exist is said by the small metadata of libphonenumber (`min`, pinned in package.json),
 * for each country the ranges that its numbering plan has opened. Not `max`, which knows them block by
 * block and so refuses what a regulator has opened since, today Uganda's 0796 and 0797; and not
 * `isPossible`, which only counts digits and takes `+256999999999`. Numbers that are services and nobody's
 * phone (free and premium ones begin with 8 and 9 in all our markets) are refused too. Landlines are numbers,
 * but nobody's who is to be texted or charged: see `isMobile`. To whom a number
 * belongs it does not tell: see domain/payments/prefixes.ts.
 */

/** @returns the E.164 form with the plus, or null for what is no number that somebody may have. */
export function toE164(text: string): string | null {
  if (!/^\+[1-9]\d{7,14}$/.test(text)) return null;
  const phone = parsePhoneNumberFromString(text);
  if (phone?.isValid() !== true) return null;
  const isService = marketOfPhone(phone.number) !== null && /^[89]/.test(phone.nationalNumber);
  return isService ? null : phone.number;
}

/**
 * False for a landline of our markets: it gets neither texts nor prompts. A number of another country counts
 * as mobile, since the small metadata does not tell. What the SIM of a tracker has is no phone, and not asked.
 *
 * @param phone as `toE164` writes it
 */
export function isMobile(phone: string): boolean {
  const market = marketOfPhone(phone);
  if (market === null) return true;
  const { callingCode, mobile } = marketRules(market);
  return mobile.some((digits) => phone.startsWith(callingCode + digits));
}

/** The market whose calling code a phone begins with, also one of which people see no more than that (`+2567*****001`). */
export function marketOfPhone(phone: string): Market | null {
  return markets.find((market) => phone.startsWith(marketRules(market).callingCode)) ?? null;
}

/** `+2567*****001`: enough to know which one it is, not enough to call it. */
export function maskPhone(phone: string): string {
  return `${phone.slice(0, 5)}${'*'.repeat(Math.max(0, phone.length - 8))}${phone.slice(-3)}`;
}
