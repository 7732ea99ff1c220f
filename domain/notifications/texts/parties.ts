import type { Language } from '../../languages.ts';
import { formatMoney, type Money } from '../../money.ts';
import { accountWords, type AccountMessage } from './account.ts';
import { exchangeWords, type ExchangeMessage } from './exchange.ts';
import { guarantorWords, type GuarantorMessage } from './guarantors.ts';
import { scheduleWords, type ScheduleMessage } from './schedule.ts';

/** What those are told who have a part in a lease: whoever lets it go, whoever takes it over. */
export type PartyMessage =
  /** Somebody who does not have the lease yet; `days`: until it lapses. `vehicle`: its make and model. */
  | { readonly template: 'transfer_asked'; readonly vehicle: string; readonly days: number }
  | { readonly template: 'transfer_to_agree'; readonly reference: string }
  | { readonly template: 'transfer_ended'; readonly reference: string }
  /** Whoever has the lease no more. */
  | { readonly template: 'transferred'; readonly paid: Money; readonly reference: string }
  /** Whoever paid by himself for a lease that takes nothing yet, or nothing any more; `runs`: the reference of his that does. */
  | { readonly template: 'money_held'; readonly amount: Money; readonly reference: string }
  | { readonly template: 'money_sent_back'; readonly amount: Money; readonly reference: string; readonly runs?: string }
  | AccountMessage
  | ExchangeMessage
  | GuarantorMessage
  | ScheduleMessage
  /** Whoever owns the vehicle now. */
  | { readonly template: 'title_transferred'; readonly reference: string }
  | { readonly template: 'interest_discharged'; readonly reference: string }
  /** `until`: the first local day on which the vehicle may be taken back, or sold. */
  | {
      readonly template: 'demanded';
      readonly amount: Money;
      readonly until: string;
      readonly reference: string;
    }
  | {
      readonly template: 'redemption_demanded';
      readonly amount: Money;
      readonly until: string;
      readonly reference: string;
    }
  | { readonly template: 'redeemed'; readonly reference: string }
  | {
      readonly template: 'vehicle_sold';
      readonly proceeds: Money;
      readonly surplus: Money;
      readonly shortfall: Money;
      readonly reference: string;
    }
  /** Days that our own workshop took too long: given until then, or owed still. */
  | { readonly template: 'days_given'; readonly days: number; readonly until: string; readonly reference: string }
  | { readonly template: 'days_owed'; readonly days: number; readonly reference: string }
  | { readonly template: 'hardship_granted'; readonly until: string; readonly reference: string }
  | { readonly template: 'hardship_declined'; readonly reference: string }
  | { readonly template: 'death_refuted'; readonly reference: string }
  | {
      readonly template: 'taken_over';
      readonly instalment: Money;
      readonly firstDueOn: string;
      readonly reference: string;
    };

type Template = PartyMessage['template'];
type Of<Name extends Template> = Extract<PartyMessage, { readonly template: Name }>;
type Words<Message> = Readonly<Record<Exclude<Language, 'fr'>, (message: Message) => string>> & {
  /** A right begins or ends by it: he is told whether he wants texts or not. */
  readonly isLegal: boolean;
};

/** All of them wait for the morning: they answer nothing that whoever is told has just done. */
const texts: { readonly [Name in Template]: Words<Of<Name>> } = {
  transfer_asked: {
    isLegal: false,
    en: ({ vehicle, days }) =>
      `A customer wants to hand the lease of a ${vehicle} over to you. The app says what you would owe. Nothing happens unless you accept within ${days} days.`,
    sw: ({ vehicle, days }) =>
      `Mteja anataka kukuachia mkataba wa ${vehicle}. Programu inaonyesha utakachodaiwa. Hakuna kitakachofanyika usipokubali ndani ya siku ${days}.`,
    lg: ({ vehicle, days }) =>
      `Kasitoma ayagala okukukwasa endagaano ya ${vehicle}. App eraga ky'onoobanjibwa. Tewali kikolebwa bw'otokkiriza mu nnaku ${days}.`,
    rw: ({ vehicle, days }) =>
      `Umukiriya arashaka kubahereza amasezerano ya ${vehicle}. Porogaramu yerekana ibyo mwakwishyura. Nta kiba mutabyemeye mu minsi ${days}.`,
  },
  transfer_to_agree: {
    isLegal: true,
    en: ({ reference }) =>
      `An agent proposes to hand your lease (${reference}) over to somebody else. It goes on only if you agree in the app. Not your wish? Call us.`,
    sw: ({ reference }) =>
      `Wakala anapendekeza mkataba wako (${reference}) upewe mtu mwingine. Utaendelea tu ukikubali kwenye programu. Hutaki? Tupigie simu.`,
    lg: ({ reference }) =>
      `Agenti ayagala endagaano yo (${reference}) eweebwe omuntu omulala. Egenda mu maaso singa okkiriza mu app. Toyagala? Tukubire essimu.`,
    rw: ({ reference }) =>
      `Umukozi arasaba ko amasezerano yanyu (${reference}) ahabwa undi. Bikomeza ari uko mubyemeye muri porogaramu. Ntimubishaka? Muduhamagare.`,
  },
  transfer_ended: {
    isLegal: false,
    en: ({ reference }) =>
      `Your lease (${reference}) is not handed over to anybody: all is as it was. The app says why.`,
    sw: ({ reference }) =>
      `Mkataba wako (${reference}) haukupewa mtu mwingine: yote yako kama yalivyokuwa. Programu inaonyesha sababu.`,
    lg: ({ reference }) =>
      `Endagaano yo (${reference}) tewaddwa muntu mulala: byonna biri nga bwe byali. App eraga ensonga.`,
    rw: ({ reference }) =>
      `Amasezerano yanyu (${reference}) ntiyahawe undi: byose biri uko byari. Porogaramu yerekana impamvu.`,
  },
  transferred: {
    isLegal: true,
    en: ({ reference, paid }) =>
      `Your lease (${reference}) is somebody else's now, with the ${formatMoney(paid)} that you paid. You owe nothing on it any more.`,
    sw: ({ reference, paid }) =>
      `Mkataba wako (${reference}) sasa ni wa mtu mwingine, pamoja na ${formatMoney(paid)} uliyolipa. Huudaiwi chochote tena.`,
    lg: ({ reference, paid }) =>
      `Endagaano yo (${reference}) kati ya muntu mulala, ne ${formatMoney(paid)} ze wasasula. Tokyagibanjibwako kintu kyonna.`,
    rw: ({ reference, paid }) =>
      `Amasezerano yanyu (${reference}) ubu ni ay'undi, hamwe na ${formatMoney(paid)} mwishyuye. Nta kindi muyabereyemo umwenda.`,
  },
  money_held: {
    isLegal: false,
    en: ({ amount, reference }) =>
      `We have your ${formatMoney(amount)} (${reference}). It is your deposit once you have signed; it goes back if the application ends.`,
    sw: ({ amount, reference }) =>
      `Tumepokea ${formatMoney(amount)} yako (${reference}). Ni amana yako ukishasaini; itarudishwa ombi likiisha.`,
    lg: ({ amount, reference }) =>
      `Tufunye ${formatMoney(amount)} zo (${reference}). Gwe musingo gwo ng'omaze okuteeka omukono; zikuddizibwa ng'okusaba kukomye.`,
    rw: ({ amount, reference }) =>
      `Twakiriye ${formatMoney(amount)} yanyu (${reference}). Ni avansi yanyu nimumara gusinya; azasubizwa ubusabe nibuhagarara.`,
  },
  money_sent_back: {
    isLegal: true,
    en: ({ amount, reference, runs }) =>
      `${formatMoney(amount)} for ${reference} did not count: that lease is over. It goes back to its payer.${runs === undefined ? '' : ` Please pay with ${runs}.`}`,
    sw: ({ amount, reference, runs }) =>
      `${formatMoney(amount)} kwa ${reference} haikuhesabiwa: mkataba huo umeisha. Inarudishwa kwa aliyelipa.${runs === undefined ? '' : ` Tafadhali lipa kwa ${runs}.`}`,
    lg: ({ amount, reference, runs }) =>
      `${formatMoney(amount)} eza ${reference} tezibaliddwa: endagaano eyo yaggwa. Ziddizibwa eyazisasula.${runs === undefined ? '' : ` Sasula ne ${runs}.`}`,
    rw: ({ amount, reference, runs }) =>
      `${formatMoney(amount)} ya ${reference} ntiyabazwe: ayo masezerano yarangiye. Asubizwa uwayishyuye.${runs === undefined ? '' : ` Mwishyure mukoresheje ${runs}.`}`,
  },
  account_changed: { isLegal: true, ...accountWords },
  ...exchangeWords,
  ...guarantorWords,
  ...scheduleWords,
  title_transferred: {
    isLegal: true,
    en: ({ reference }) =>
      `The vehicle of your lease (${reference}) is registered in your name now. The app has its number.`,
    sw: ({ reference }) =>
      `Chombo cha mkataba wako (${reference}) sasa kimesajiliwa kwa jina lako. Namba iko kwenye programu.`,
    lg: ({ reference }) =>
      `Ekidduka ky'endagaano yo (${reference}) kati kiwandiisiddwa mu linnya lyo. Ennamba eri mu app.`,
    rw: ({ reference }) =>
      `Ikinyabiziga cy'amasezerano yanyu (${reference}) ubu cyanditse ku izina ryanyu. Nimero iri muri porogaramu.`,
  },
  interest_discharged: {
    isLegal: true,
    en: ({ reference }) =>
      `We are struck from the register for the vehicle of your lease (${reference}): nobody but you has a claim by it.`,
    sw: ({ reference }) =>
      `Tumeondolewa kwenye rejista ya chombo cha mkataba wako (${reference}): hatuna dai juu yake tena.`,
    lg: ({ reference }) => `Tuggyiddwa ku lukalala lw'ekidduka ky'endagaano yo (${reference}): tetukyakirinako bbanja.`,
    rw: ({ reference }) =>
      `Twavanywe mu gitabo cy'ikinyabiziga cy'amasezerano yanyu (${reference}): nta burenganzira tukigifiteho.`,
  },
  demanded: {
    isLegal: true,
    en: ({ amount, until, reference }) =>
      `Written demand (${reference}): ${formatMoney(amount)} are overdue. Unpaid on ${until}, the vehicle may be taken back. The letter is in the app.`,
    sw: ({ amount, until, reference }) =>
      `Dai la maandishi (${reference}): ${formatMoney(amount)} zimechelewa. Zisipolipwa hadi ${until}, chombo kinaweza kuchukuliwa. Barua iko kwenye programu.`,
    lg: ({ amount, until, reference }) =>
      `Okusaba mu buwandiike (${reference}): ${formatMoney(amount)} zisusse ekiseera. Bwe zitasasulwa nga ${until} tennatuuka, ekidduka kiyinza okuggyibwako.`,
    rw: ({ amount, until, reference }) =>
      `Inyandiko yishyuza (${reference}): ${formatMoney(amount)} yaratinze. Atishyuwe kugeza ku wa ${until}, ikinyabiziga gishobora gusubizwa.`,
  },
  redemption_demanded: {
    isLegal: true,
    en: ({ amount, until, reference }) =>
      `Written demand (${reference}): pay ${formatMoney(amount)} and the vehicle is yours. It may be sold from ${until} on. The letter is in the app.`,
    sw: ({ amount, until, reference }) =>
      `Dai la maandishi (${reference}): lipa ${formatMoney(amount)} na chombo ni chako. Kinaweza kuuzwa kuanzia ${until}. Barua iko kwenye programu.`,
    lg: ({ amount, until, reference }) =>
      `Okusaba mu buwandiike (${reference}): sasula ${formatMoney(amount)} ekidduka kibe kikyo. Kiyinza okutundibwa okuva nga ${until}.`,
    rw: ({ amount, until, reference }) =>
      `Inyandiko yishyuza (${reference}): mwishyure ${formatMoney(amount)} ikinyabiziga kibe icyanyu. Gishobora kugurishwa guhera ku wa ${until}.`,
  },
  redeemed: {
    isLegal: true,
    en: ({ reference }) =>
      `All of lease ${reference} is paid: the vehicle is yours. Please fetch it. It will be registered in your name.`,
    sw: ({ reference }) =>
      `Mkataba ${reference} umelipwa wote: chombo ni chako. Tafadhali kichukue. Kitasajiliwa kwa jina lako.`,
    lg: ({ reference }) =>
      `Endagaano ${reference} yonna esasuddwa: ekidduka kikyo. Jjangu okitwale. Kijja kuwandiisibwa mu linnya lyo.`,
    rw: ({ reference }) =>
      `Amasezerano ${reference} yose yishyuwe: ikinyabiziga ni icyanyu. Muze mugifate. Kizandikwa ku izina ryanyu.`,
  },
  vehicle_sold: {
    isLegal: true,
    en: ({ proceeds, surplus, shortfall, reference }) =>
      `The vehicle was sold for ${formatMoney(proceeds)} (${reference}). ${surplus.amount > 0 ? `${formatMoney(surplus)} of it are yours, and paid back to you.` : shortfall.amount > 0 ? `${formatMoney(shortfall)} are owed still.` : 'You owe nothing more.'}`,
    sw: ({ proceeds, surplus, shortfall, reference }) =>
      `Chombo kiliuzwa kwa ${formatMoney(proceeds)} (${reference}). ${surplus.amount > 0 ? `${formatMoney(surplus)} ni zako, na unarudishiwa.` : shortfall.amount > 0 ? `Bado zinadaiwa ${formatMoney(shortfall)}.` : 'Hudaiwi tena.'}`,
    lg: ({ proceeds, surplus, shortfall, reference }) =>
      `Ekidduka kyatundibwa ku ${formatMoney(proceeds)} (${reference}). ${surplus.amount > 0 ? `${formatMoney(surplus)} zizo, era zikuddizibwa.` : shortfall.amount > 0 ? `Zikyabanjibwa ${formatMoney(shortfall)}.` : 'Tokyabanjibwa.'}`,
    rw: ({ proceeds, surplus, shortfall, reference }) =>
      `Ikinyabiziga cyagurishijwe ${formatMoney(proceeds)} (${reference}). ${surplus.amount > 0 ? `${formatMoney(surplus)} ni ayanyu, murayasubizwa.` : shortfall.amount > 0 ? `Musigayemo ${formatMoney(shortfall)}.` : 'Nta mwenda mugifite.'}`,
  },
  days_given: {
    isLegal: false,
    en: ({ days, until, reference }) =>
      `Our workshop took ${days} days too long (${reference}). Nothing is collected before ${until}, every instalment moves, and late fees of those days fall.`,
    sw: ({ days, until, reference }) =>
      `Karakana yetu ilichelewa siku ${days} (${reference}). Hakuna malipo kabla ya ${until}, malipo yote yanasogezwa, na ada za siku hizo zinafutwa.`,
    lg: ({ days, until, reference }) =>
      `Galagi yaffe yayosa ennaku ${days} (${reference}). Tewali kisasulwa nga ${until} tennatuuka, ensasula zongezeddwayo, n'engassi z'ennaku ezo zisaziddwamu.`,
    rw: ({ days, until, reference }) =>
      `Igaraje ryacu ryatinze iminsi ${days} (${reference}). Nta kwishyura mbere ya ${until}, ubwishyu bwose burimuwe, n'amande y'iyo minsi avanyweho.`,
  },
  days_owed: {
    isLegal: true,
    en: ({ days, reference }) =>
      `Our workshop took ${days} days too long (${reference}). We could not take them off your lease by ourselves: somebody of us decides, and calls you.`,
    sw: ({ days, reference }) =>
      `Karakana yetu ilichelewa siku ${days} (${reference}). Hatukuweza kuziondoa kwenye mkataba wako moja kwa moja: mtu wetu ataamua na kukupigia.`,
    lg: ({ days, reference }) =>
      `Galagi yaffe yayosa ennaku ${days} (${reference}). Tetwasobodde kuziggya ku ndagaano yo butereevu: omuntu waffe ajja kusalawo akukubire.`,
    rw: ({ days, reference }) =>
      `Igaraje ryacu ryatinze iminsi ${days} (${reference}). Ntitwashoboye kuyavana ku masezerano yanyu: umuntu wacu azafata icyemezo, abahamagare.`,
  },
  hardship_granted: {
    isLegal: true,
    en: ({ until, reference }) =>
      `You have relief (${reference}): nothing is collected before ${until}, and no fee is charged. The total price has not changed. We talk to you then.`,
    sw: ({ until, reference }) =>
      `Umepewa nafuu (${reference}): hakuna malipo kabla ya ${until}, wala ada. Bei yote haijabadilika. Tutazungumza nawe wakati huo.`,
    lg: ({ until, reference }) =>
      `Oweereddwa obuweerero (${reference}): tewali kisasulwa nga ${until} tennatuuka, wadde engassi. Omuwendo gwonna tegukyuse. Tujja kwogera naawe olwo.`,
    rw: ({ until, reference }) =>
      `Mworohewe (${reference}): nta kwishyura mbere ya ${until}, nta n'amande. Igiciro cyose nticyahindutse. Tuzavugana icyo gihe.`,
  },
  hardship_declined: {
    isLegal: true,
    en: ({ reference }) =>
      `We cannot give the relief that you asked for (${reference}). The app says why. Please call us: there may be another way.`,
    sw: ({ reference }) =>
      `Hatuwezi kukupa nafuu uliyoomba (${reference}). Programu inaonyesha sababu. Tafadhali tupigie: huenda kuna njia nyingine.`,
    lg: ({ reference }) =>
      `Tetusobola kukuwa buweerero bw'osabye (${reference}). App eraga ensonga. Tukubire essimu: wayinza okubaawo engeri endala.`,
    rw: ({ reference }) =>
      `Ntidushobora kubaha koroherezwa mwasabye (${reference}). Porogaramu yerekana impamvu. Muduhamagare: hashobora kuba ubundi buryo.`,
  },
  death_refuted: {
    isLegal: true,
    en: ({ reference }) =>
      `Somebody had told us that you died. We are glad that it is wrong: your lease (${reference}) goes on, and instalments are collected again.`,
    sw: ({ reference }) =>
      `Mtu alituambia kuwa umefariki. Tunafurahi kuwa si kweli: mkataba wako (${reference}) unaendelea, na malipo yanakusanywa tena.`,
    lg: ({ reference }) =>
      `Waliwo eyatugamba nti wafa. Tusanyuse nti si kituufu: endagaano yo (${reference}) egenda mu maaso, n'okusasula kuddamu.`,
    rw: ({ reference }) =>
      `Hari uwatubwiye ko mwapfuye. Twishimiye ko atari byo: amasezerano yanyu (${reference}) arakomeza, kandi kwishyura birasubukuye.`,
  },
  taken_over: {
    isLegal: true,
    en: ({ reference, instalment, firstDueOn }) =>
      `The lease ${reference} is yours now. You pay ${formatMoney(instalment)}, next on ${firstDueOn}.`,
    sw: ({ reference, instalment, firstDueOn }) =>
      `Mkataba ${reference} sasa ni wako. Unalipa ${formatMoney(instalment)}, malipo yajayo ${firstDueOn}.`,
    lg: ({ reference, instalment, firstDueOn }) =>
      `Endagaano ${reference} kati yiyo. Osasula ${formatMoney(instalment)}, oddako nga ${firstDueOn}.`,
    rw: ({ reference, instalment, firstDueOn }) =>
      `Amasezerano ${reference} ubu ni ayanyu. Mwishyura ${formatMoney(instalment)}, ubutaha ku wa ${firstDueOn}.`,
  },
};

export const isPartyLegal = (template: Template): boolean => texts[template].isLegal;

export const isOfParties = (message: { readonly template: string }): message is PartyMessage =>
  message.template in texts;

/** What one of these says in a language; each is there in all of them. */
export function partyText(message: PartyMessage, language: Exclude<Language, 'fr'>): string {
  // The compiler cannot follow that the words are of this very message.
  const words = texts[message.template] as Words<PartyMessage>;
  return words[language](message);
}
