import type { Phrase } from '../phrase.ts';

/** What of a customer's tickets a short text may be about. */
interface TicketsOf {
  /** What was asked of him last, and he has not said: an answer in a ticket, or how content he is with one. */
  readonly asked: 'answer' | 'rating' | null;
  readonly isInHand: boolean;
  /** This is what he has said of how content he is: networks bring a text twice. */
  readonly isSaidBefore: boolean;
}

/** What a text of one digit or of thanks means: neither opens a ticket. `nothing` is not answered either. */
export function shortAnswer(
  as: 'digit' | 'thanks',
  { asked, isInHand, isSaidBefore }: TicketsOf,
): 'answer' | 'write' | 'rate' | 'help' | 'nothing' {
  if (as === 'thanks') return isInHand ? 'write' : 'nothing';
  if (asked !== null) return asked === 'answer' ? 'answer' : 'rate';
  if (isSaidBefore) return 'rate';
  return isInHand ? 'write' : 'help';
}

/** What is answered by SMS; at most 160 characters with ordinary values. */
export const answers = {
  stopped: {
    en: 'You get no more texts from us but legal notices and login codes. Send START to have them again.',
    lg: "Tojja kufuna bubaka bwaffe okuggyako obw'amateeka ne koodi. Weereza START okuddamu okubufuna.",
    sw: 'Hutapata ujumbe wetu tena ila ilani za kisheria na nambari za kuingia. Tuma START kuupata tena.',
    rw: "Ntuzongera kubona ubutumwa bwacu uretse ubw'amategeko na kode. Ohereza START wongere kububona.",
  },
  started: {
    en: 'You get our texts again. Send STOP to end them.',
    lg: 'Ojja kuddamu okufuna obubaka bwaffe. Weereza STOP okubukomya.',
    sw: 'Utapata ujumbe wetu tena. Tuma STOP kuusitisha.',
    rw: 'Uzongera kubona ubutumwa bwacu. Ohereza STOP kubuhagarika.',
  },
  help: {
    en: 'Send BAL for your balance, PAY and an amount to pay, STOP or START for texts, or write to us.{dial}',
    lg: "Weereza BAL okumanya bye osasudde, PAY n'omuwendo okusasula, STOP oba START, oba tuwandiikire.{dial}",
    sw: 'Tuma BAL kwa salio, PAY na kiasi kulipa, STOP au START kwa ujumbe, au tuandikie.{dial}',
    rw: "Ohereza BAL umenye konti, PAY n'amafaranga wishyure, STOP cyangwa START, cyangwa utwandikire.{dial}",
  },
  dial: { en: ' Or dial {code}.', lg: ' Oba nyiga {code}.', sw: ' Au piga {code}.', rw: ' Cyangwa kanda {code}.' },
  rated: {
    en: 'Thank you. We have written down how content you are.',
    lg: "Weebale. Tuwandiise bw'osiimye.",
    sw: 'Asante. Tumeandika jinsi ulivyoridhika.',
    rw: 'Murakoze. Twanditse uko mwanyuzwe.',
  },
  codeSent: {
    en: 'If that was a code, it is void now. Never send a code or PIN to anybody, nor to us. To pay, send PAY and an amount.',
    lg: "Bw'eba koodi, tekyakola. Toweereza muntu koodi oba PIN, newankubadde ffe. Okusasula, weereza PAY n'omuwendo.",
    sw: 'Kama ni nambari ya siri, haifanyi kazi tena. Usimtumie mtu nambari wala PIN, hata sisi. Kulipa, tuma PAY na kiasi.',
    rw: "Niba ari kode, ntigikora. Ntukohereze umuntu kode cyangwa PIN, natwe turimo. Kwishyura, ohereza PAY n'amafaranga.",
  },
  noLease: {
    en: 'You have no lease with us now.',
    lg: 'Tolina ndagaano naffe kati.',
    sw: 'Huna mkataba nasi sasa.',
    rw: 'Nta masezerano mufitanye natwe ubu.',
  },
  noSuchLease: {
    en: 'You have no lease {reference} to pay for. Send BAL to see yours.',
    lg: 'Tolina ndagaano {reference} ya kusasulira. Weereza BAL olabe ezizo.',
    sw: 'Huna mkataba {reference} wa kulipia. Tuma BAL kuona yako.',
    rw: 'Nta masezerano {reference} ufite yo kwishyura. Ohereza BAL urebe ayawe.',
  },
  payHow: {
    en: 'Send PAY and an amount in digits, without cents, such as PAY 20000.',
    lg: "Weereza PAY n'omuwendo mu nnamba, awatali senti, nga PAY 20000.",
    sw: 'Tuma PAY na kiasi kwa tarakimu, bila senti, kama PAY 20000.',
    rw: "Ohereza PAY n'amafaranga mu mibare, nta santimu, nka PAY 20000.",
  },
} as const satisfies Readonly<Record<string, Phrase>>;
