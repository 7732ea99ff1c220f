import type { Phrase } from '../phrase.ts';

/** What a text to us asks for. Anything else is for a person to read. */
const heardAs = ['balance', 'pay', 'stop', 'start', 'help', 'message'] as const;
export type HeardAs = (typeof heardAs)[number];

export interface Heard {
  readonly as: HeardAs;
  /** What stands behind the word. */
  readonly rest: string;
}

const keywords: Readonly<Record<string, HeardAs>> = {
  BAL: 'balance',
  BALANCE: 'balance',
  PAY: 'pay',
  STOP: 'stop',
  UNSUBSCRIBE: 'stop',
  START: 'start',
  HELP: 'help',
  INFO: 'help',
};
/** Those of more than a word are a sentence, but for an amount. */
const alone: ReadonlySet<HeardAs> = new Set(['balance', 'stop', 'start', 'help']);

/** What a text asks for, by its first word in any case: `BAL`, `pay 20,000`, `Stop.` */
export function heardIn(text: string): Heard {
  const [, word = '', rest = ''] = /^\s*(\p{L}+)[\s.:!]*([^]*)$/u.exec(text) ?? [];
  // Four digits may be a PIN: nobody reads them.
  if (/^\s*(\d{4})?\s*$/.test(text)) return { as: 'help', rest: '' };
  const as = keywords[word.toUpperCase()];
  if (as === undefined || (alone.has(as) && rest.trim() !== '')) return { as: 'message', rest: text.trim() };
  return { as, rest: rest.trim() };
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
  noLease: {
    en: 'You have no lease with us now.',
    lg: 'Tolina ndagaano naffe kati.',
    sw: 'Huna mkataba nasi sasa.',
    rw: 'Nta masezerano mufitanye natwe ubu.',
  },
  payHow: {
    en: 'Send PAY and an amount in digits, such as PAY 20000.',
    lg: "Weereza PAY n'omuwendo mu nnamba, nga PAY 20000.",
    sw: 'Tuma PAY na kiasi kwa tarakimu, kama PAY 20000.',
    rw: "Ohereza PAY n'amafaranga mu mibare, nka PAY 20000.",
  },
} as const satisfies Readonly<Record<string, Phrase>>;
