import type { Language } from '../../languages.ts';
import { formatMoney, type Money } from '../../money.ts';

/** What the customer of an exchange of his vehicle is told. `until`: the local day on which it lapses; `vehicle`: make and model. */
export type ExchangeMessage =
  | {
      readonly template: 'upgrade_approved';
      readonly vehicle: string;
      readonly reference: string;
      readonly until: string;
    }
  | { readonly template: 'upgrade_declined' | 'upgrade_ended'; readonly reference: string }
  | { readonly template: 'upgrade_to_sign' | 'upgrade_lapsing'; readonly reference: string; readonly until: string }
  /** `reference`: of the lease that has begun. */
  | { readonly template: 'upgrade_completed'; readonly instalment: Money; readonly reference: string };

type Of<Name extends ExchangeMessage['template']> = Extract<ExchangeMessage, { readonly template: Name }>;
type Words<Message> = Readonly<Record<Exclude<Language, 'fr'>, (message: Message) => string>> & {
  readonly isLegal: boolean;
};

export const exchangeWords: {
  readonly upgrade_approved: Words<Of<'upgrade_approved'>>;
  readonly upgrade_declined: Words<{ readonly reference: string }>;
  readonly upgrade_to_sign: Words<{ readonly reference: string; readonly until: string }>;
  readonly upgrade_lapsing: Words<{ readonly reference: string; readonly until: string }>;
  readonly upgrade_ended: Words<{ readonly reference: string }>;
  readonly upgrade_completed: Words<Of<'upgrade_completed'>>;
} = {
  upgrade_approved: {
    isLegal: false,
    en: ({ vehicle, reference, until }) =>
      `Your exchange is agreed (${reference}): we hold the ${vehicle} for you until ${until}. Bring your vehicle to us before then.`,
    sw: ({ vehicle, reference, until }) =>
      `Ubadilishaji umekubaliwa (${reference}): tunakuhifadhia ${vehicle} hadi ${until}. Leta chombo chako kwetu kabla ya hapo.`,
    lg: ({ vehicle, reference, until }) =>
      `Okuwaanyisa kukkiriziddwa (${reference}): tukukuumira ${vehicle} okutuuka ${until}. Leeta ekidduka kyo gye tuli nga tennatuuka.`,
    rw: ({ vehicle, reference, until }) =>
      `Guhindura byemewe (${reference}): turababikiye ${vehicle} kugeza ${until}. Muzane ikinyabiziga cyanyu mbere y'iyo tariki.`,
  },
  upgrade_declined: {
    isLegal: true,
    en: ({ reference }) =>
      `We cannot exchange your vehicle for another one now (${reference}). Your lease goes on as it is. The app shows the reasons.`,
    sw: ({ reference }) =>
      `Hatuwezi kubadilisha chombo chako sasa (${reference}). Mkataba wako unaendelea kama ulivyo. Programu inaonyesha sababu.`,
    lg: ({ reference }) =>
      `Tetusobola kuwaanyisa kidduka kyo kati (${reference}). Endagaano yo egenda mu maaso nga bw'eri. App eraga ensonga.`,
    rw: ({ reference }) =>
      `Ntidushobora guhindura ikinyabiziga cyanyu ubu (${reference}). Amasezerano yanyu arakomeza uko ari. Porogaramu yerekana impamvu.`,
  },
  upgrade_to_sign: {
    isLegal: true,
    en: ({ reference, until }) =>
      `We looked at your vehicle: your exchange (${reference}) has other sums now. Nothing happens unless you sign them in the app by ${until}.`,
    sw: ({ reference, until }) =>
      `Tumekagua chombo chako: ubadilishaji wako (${reference}) una kiasi kipya. Hakuna kitakachofanyika usiposaini kwenye programu hadi ${until}.`,
    lg: ({ reference, until }) =>
      `Tukebedde ekidduka kyo: okuwaanyisa (${reference}) kulina omuwendo omupya. Tewali kikolebwa bw'ototeeka mukono mu app okutuuka ${until}.`,
    rw: ({ reference, until }) =>
      `Twasuzumye ikinyabiziga cyanyu: guhindura (${reference}) bifite amafaranga mashya. Nta kiba mudasinye muri porogaramu kugeza ${until}.`,
  },
  upgrade_lapsing: {
    isLegal: false,
    en: ({ reference, until }) =>
      `Your exchange (${reference}) lapses on ${until}. The app says what is still to do; call us if you need more time.`,
    sw: ({ reference, until }) =>
      `Ubadilishaji wako (${reference}) unaisha muda ${until}. Programu inaonyesha kilichobaki; tupigie ukihitaji muda zaidi.`,
    lg: ({ reference, until }) =>
      `Okuwaanyisa kwo (${reference}) kuggwaako nga ${until}. App eraga ekisigadde; tukubire essimu bw'oba weetaaga ebbanga.`,
    rw: ({ reference, until }) =>
      `Guhindura kwanyu (${reference}) kurangira ku wa ${until}. Porogaramu yerekana ibisigaye; muduhamagare niba mukeneye igihe.`,
  },
  upgrade_ended: {
    isLegal: true,
    en: ({ reference }) =>
      `Your exchange (${reference}) is off: your lease goes on as it was. The app says why. You can ask for another one.`,
    sw: ({ reference }) =>
      `Ubadilishaji wako (${reference}) hautaendelea: mkataba wako uko kama ulivyokuwa. Programu inaonyesha sababu. Unaweza kuomba tena.`,
    lg: ({ reference }) =>
      `Okuwaanyisa kwo (${reference}) tekugenda mu maaso: endagaano yo eri nga bwe yali. App eraga ensonga. Osobola okusaba nate.`,
    rw: ({ reference }) =>
      `Guhindura kwanyu (${reference}) guhagaze: amasezerano yanyu ari uko yari. Porogaramu yerekana impamvu. Mushobora kongera gusaba.`,
  },
  upgrade_completed: {
    isLegal: true,
    en: ({ instalment, reference }) =>
      `Your vehicle is exchanged. You pay ${formatMoney(instalment)} each time, with the new reference ${reference}. Nothing is owed on the lease before.`,
    sw: ({ instalment, reference }) =>
      `Chombo chako kimebadilishwa. Unalipa ${formatMoney(instalment)} kila mara, kwa kumbukumbu mpya ${reference}. Hudaiwi chochote kwa mkataba wa awali.`,
    lg: ({ instalment, reference }) =>
      `Ekidduka kyo kiwaanyisiddwa. Osasula ${formatMoney(instalment)} buli mulundi, n'ennamba empya ${reference}. Endagaano eyasooka tekyabanjibwa.`,
    rw: ({ instalment, reference }) =>
      `Ikinyabiziga cyanyu cyahinduwe. Mwishyura ${formatMoney(instalment)} buri gihe, na nimero nshya ${reference}. Nta mwenda musigaranye ku masezerano ya mbere.`,
  },
};

export const exchangeTitles = {
  upgrade_approved: {
    en: 'Your exchange is agreed',
    sw: 'Ubadilishaji umekubaliwa',
    lg: 'Okuwaanyisa kukkiriziddwa',
    rw: 'Guhindura byemewe',
  },
  upgrade_declined: {
    en: 'Your exchange',
    sw: 'Ubadilishaji wako',
    lg: 'Okuwaanyisa kwo',
    rw: 'Guhindura kwanyu',
  },
  upgrade_to_sign: {
    en: 'Your exchange has other sums',
    sw: 'Ubadilishaji una kiasi kipya',
    lg: 'Okuwaanyisa kulina omuwendo omupya',
    rw: 'Guhindura bifite amafaranga mashya',
  },
  upgrade_lapsing: {
    en: 'Your exchange lapses soon',
    sw: 'Ubadilishaji unakaribia kuisha',
    lg: 'Okuwaanyisa kunaatera okuggwaako',
    rw: 'Guhindura kuri hafi kurangira',
  },
  upgrade_ended: {
    en: 'Your exchange is off',
    sw: 'Ubadilishaji hautaendelea',
    lg: 'Okuwaanyisa tekugenda mu maaso',
    rw: 'Guhindura guhagaze',
  },
  upgrade_completed: {
    en: 'Your vehicle is exchanged',
    sw: 'Chombo chako kimebadilishwa',
    lg: 'Ekidduka kyo kiwaanyisiddwa',
    rw: 'Ikinyabiziga cyanyu cyahinduwe',
  },
} as const;
