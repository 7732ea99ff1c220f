import type { Language } from '../../languages.ts';
import { formatMoney, type Money } from '../../money.ts';

/** What those are told who answer for a lease, and whoever has had them asked. */
export type GuarantorMessage =
  /** Whoever is asked to answer for a lease; `days`: until it lapses. */
  | { readonly template: 'guarantor_asked'; readonly cap: Money; readonly days: number }
  | { readonly template: 'guarantor_called'; readonly asked: Money; readonly reference: string }
  | { readonly template: 'guarantor_released'; readonly reference: string }
  /** Whoever has had somebody asked. */
  | { readonly template: 'guarantor_found'; readonly reference: string }
  | { readonly template: 'guarantor_gone'; readonly reference: string }
  /** `reference`: of the lease that he has left for another one. */
  | { readonly template: 'guarantor_left'; readonly reference: string };

type Template = GuarantorMessage['template'];
type Of<Name extends Template> = Extract<GuarantorMessage, { readonly template: Name }>;
type Words<Message> = Readonly<Record<Exclude<Language, 'fr'>, (message: Message) => string>> & {
  readonly isLegal: boolean;
};

export const guarantorWords: { readonly [Name in Template]: Words<Of<Name>> } = {
  guarantor_asked: {
    isLegal: false,
    en: ({ cap, days }) =>
      `A customer asks you to answer for his vehicle lease, up to ${formatMoney(cap)}. Log in with this number to read it and say yes in ${days} days. If not, we never ask again.`,
    sw: ({ cap, days }) =>
      `Mteja anakuomba uwe mdhamini wa mkataba wa chombo chake, hadi ${formatMoney(cap)}. Ingia kwa namba hii usome na ukubali ndani ya siku ${days}. La sivyo hatutakuuliza tena.`,
    lg: ({ cap, days }) =>
      `Kasitoma akusaba okumweyimirira ku ndagaano y'ekidduka kye, okutuuka ku ${formatMoney(cap)}. Yingira n'ennamba eno ogisome okkirize mu nnaku ${days}. Bw'otakkiriza tetujja kukubuuza nate.`,
    rw: ({ cap, days }) =>
      `Umukiriya arabasaba kumwishingira ku masezerano y'ikinyabiziga cye, kugeza kuri ${formatMoney(cap)}. Injira na iyi nimero uyasome wemere mu minsi ${days}. Nutabyemera ntituzongera kubaza.`,
  },
  guarantor_called: {
    isLegal: true,
    en: ({ asked, reference }) =>
      `The lease that you answer for (${reference}) is late. Please pay ${formatMoney(asked)} by mobile money with this reference, or call us.`,
    sw: ({ asked, reference }) =>
      `Mkataba unaoudhamini (${reference}) umechelewa. Tafadhali lipa ${formatMoney(asked)} kwa simu kwa kumbukumbu hii, au tupigie.`,
    lg: ({ asked, reference }) =>
      `Endagaano gye weeyimirira (${reference}) erwiseewo. Sasula ${formatMoney(asked)} ku ssimu n'ennamba eno, oba tukubire.`,
    rw: ({ asked, reference }) =>
      `Amasezerano mwishingiye (${reference}) yatinze kwishyurwa. Mwishyure ${formatMoney(asked)} kuri telefone mukoresheje iyi nimero, cyangwa muduhamagare.`,
  },
  guarantor_released: {
    isLegal: true,
    en: ({ reference }) => `You do not answer for the lease ${reference} any more. Thank you.`,
    sw: ({ reference }) => `Huudhamini tena mkataba ${reference}. Asante.`,
    lg: ({ reference }) => `Tokyeyimirira ndagaano ${reference}. Webale.`,
    rw: ({ reference }) => `Ntimukishingira amasezerano ${reference}. Murakoze.`,
  },
  guarantor_found: {
    isLegal: false,
    en: ({ reference }) => `Whom you had asked answers for your lease (${reference}) now.`,
    sw: ({ reference }) => `Uliyemwomba sasa anadhamini mkataba wako (${reference}).`,
    lg: ({ reference }) => `Gwe wasaba kati yeeyimiridde endagaano yo (${reference}).`,
    rw: ({ reference }) => `Uwo mwasabye ubu yishingiye amasezerano yanyu (${reference}).`,
  },
  guarantor_gone: {
    isLegal: false,
    en: ({ reference }) =>
      `Whom you had asked does not answer for your lease (${reference}). You may have somebody else asked.`,
    sw: ({ reference }) => `Uliyemwomba hadhamini mkataba wako (${reference}). Unaweza kumwomba mtu mwingine.`,
    lg: ({ reference }) => `Gwe wasaba teyeeyimiridde ndagaano yo (${reference}). Osobola okusaba omulala.`,
    rw: ({ reference }) => `Uwo mwasabye ntiyishingiye amasezerano yanyu (${reference}). Mushobora gusaba undi.`,
  },
  guarantor_left: {
    isLegal: true,
    en: ({ reference }) =>
      `Whoever answered for your lease ${reference} does not answer for the one that you have now. You may have him asked again in the app.`,
    sw: ({ reference }) =>
      `Mdhamini wa mkataba wako ${reference} hadhamini mkataba ulio nao sasa. Unaweza kumwomba tena kwenye programu.`,
    lg: ({ reference }) =>
      `Eyeeyimirira endagaano yo ${reference} teyeeyimirira gy'olina kati. Osobola okumusaba nate mu app.`,
    rw: ({ reference }) =>
      `Uwishingiraga amasezerano yanyu ${reference} ntiyishingira ayo mufite ubu. Mushobora kongera kumusaba muri porogaramu.`,
  },
};
