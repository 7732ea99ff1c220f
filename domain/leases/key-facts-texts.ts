import { formatMoney, money } from '../money.ts';
import { marketRules } from '../markets.ts';
import { inLanguage, spoken, type Phrase } from '../phrase.ts';
import { frequencyWords } from '../vehicles/frequency-words.ts';
import type { KeyFacts } from './key-facts.ts';
import { MOST_PERCENT } from './rates.ts';

export const topics = ['cost', 'rate', 'example', 'late', 'twoThirds', 'leaving', 'settling'] as const;
type Topic = (typeof topics)[number];
export type Texts = Readonly<Record<(typeof spoken)[number], Readonly<Record<Topic, string>>>>;

const phrases = {
  cost: {
    en: 'The price is {price}. You pay {deposit} first, then {instalments} instalments, {frequency}: in all {total}. Paying over time costs you {credit}.',
    lg: 'Omuwendo gwa {price}. Osooka kusasula {deposit}, olwo emirundi {instalments}, {frequency}: byonna {total}. Okusasula mpolampola kukutwalako {credit}.',
    sw: 'Bei ni {price}. Unalipa kwanza {deposit}, kisha awamu {instalments}, {frequency}: jumla {total}. Kulipa kidogo kidogo kunakugharimu {credit}.',
    rw: 'Igiciro ni {price}. Ubanza kwishyura {deposit}, hanyuma inshuro {instalments}, {frequency}: byose hamwe {total}. Kwishyura buhoro buhoro bigutwara {credit}.',
  },
  subsidy: {
    en: '{by} pays {amount} of it for you.',
    lg: '{by} akusasulirako {amount}.',
    sw: '{by} anakulipia {amount} kati yake.',
    rw: '{by} akwishyurira {amount} muri yo.',
  },
  rate: {
    en: 'That is {eu} % a year with interest on interest (EU formula), and {us} % a year without it (US formula).',
    lg: "Ekyo kiba {eu} % buli mwaka ng'amagoba gazaala amagoba (enkola ya EU), ne {us} % buli mwaka nga tegazaala (enkola ya US).",
    sw: 'Hiyo ni {eu} % kwa mwaka pamoja na riba juu ya riba (kanuni ya EU), na {us} % kwa mwaka bila hiyo (kanuni ya US).',
    rw: 'Ibyo ni {eu} % ku mwaka harimo inyungu ku nyungu (uburyo bwa EU), na {us} % ku mwaka nta nyungu ku nyungu (uburyo bwa US).',
  },
  example: {
    en: 'If you get the vehicle on {on}, the first instalment is {first} on {firstOn}, and the last {last} on {lastOn}.',
    lg: "Bw'ofuna ekidduka nga {on}, osooka okusasula {first} nga {firstOn}, n'osembyayo {last} nga {lastOn}.",
    sw: 'Ukipokea chombo tarehe {on}, awamu ya kwanza ni {first} tarehe {firstOn}, na ya mwisho {last} tarehe {lastOn}.',
    rw: "Nuhabwa ikinyabiziga ku wa {on}, igice cya mbere ni {first} ku wa {firstOn}, n'icya nyuma {last} ku wa {lastOn}.",
  },
  grace: {
    en: 'You are in arrears when you are more than {days} days late.',
    lg: "Obalibwa ng'okeereyeddwa bw'osussa ennaku {days}.",
    sw: 'Unahesabiwa kuwa na deni ukichelewa zaidi ya siku {days}.',
    rw: "Ubarwa nk'uwatinze iyo urengeje iminsi {days}.",
  },
  fee: {
    en: 'An instalment that is later than that costs {fee} more, once; all together never more than {cap}. Who chooses to pay more often has it no more often than by this schedule.',
    lg: 'Buli nsasula esussa awo eyongerwako {fee}, omulundi gumu; byonna wamu tebisussa {cap}. Asalawo okusasula emirundi emingi tagifuna kusinga ku nteekateeka eno.',
    sw: 'Awamu inayochelewa zaidi ya hapo inaongezwa {fee}, mara moja; zote pamoja hazizidi {cap}. Ukichagua kulipa mara nyingi zaidi, haitozwi mara nyingi kuliko kwa ratiba hii.',
    rw: 'Igice kirengeje aho cyongerwaho {fee}, rimwe gusa; byose hamwe ntibirenza {cap}. Iyo uhisemo kwishyura kenshi, ntiyiyongera kenshi kurusha kuri iyi gahunda.',
  },
  noFee: {
    en: 'There is no late fee.',
    lg: 'Tewali ngassi ya kukeerewa.',
    sw: 'Hakuna faini ya kuchelewa.',
    rw: "Nta mande y'ubukererwe.",
  },
  stopped: {
    en: 'More than {days} days late, the vehicle may be stopped, {hours} hours after we have warned you.',
    lg: "Bw'osussa ennaku {days}, ekidduka kiyinza okuyimirizibwa, essaawa {hours} nga tumaze okukulabula.",
    sw: 'Ukichelewa zaidi ya siku {days}, chombo kinaweza kuzimwa, saa {hours} baada ya kukuonya.',
    rw: 'Nurenza iminsi {days}, ikinyabiziga gishobora guhagarikwa, amasaha {hours} nyuma yo kukuburira.',
  },
  notStopped: {
    en: 'The vehicle is not stopped by itself.',
    lg: 'Ekidduka tekiyimirizibwa kyokka.',
    sw: 'Chombo hakizimwi chenyewe.',
    rw: 'Ikinyabiziga ntigihagarara ubwacyo.',
  },
  takenBack: {
    en: 'More than {days} days late, it may be taken back, {notice} days after a written notice.',
    lg: "Bw'osussa ennaku {days}, kiyinza okukuggyibwako, ennaku {notice} nga tumaze okukuwandiikira.",
    sw: 'Ukichelewa zaidi ya siku {days}, kinaweza kuchukuliwa, siku {notice} baada ya notisi ya maandishi.',
    rw: "Nurenza iminsi {days}, gishobora gusubizwa, iminsi {notice} nyuma y'inyandiko ikumenyesha.",
  },
  twoThirds: {
    en: 'Once you have paid {paid}, two thirds of all, only a court can order that the vehicle is taken back.',
    lg: "Bw'omala okusasula {paid}, ebitundu bibiri ku bisatu, kkooti yokka y'eyinza okulagira ekidduka kikuggyibweko.",
    sw: 'Ukishalipa {paid}, theluthi mbili za jumla, ni mahakama pekee inayoweza kuamuru chombo kichukuliwe.',
    rw: 'Numara kwishyura {paid}, bibiri bya gatatu bya byose, urukiko rwonyine ni rwo rutegeka ko ikinyabiziga gisubizwa.',
  },
  twoThirdsNoCourt: {
    en: '{paid} are two thirds of all. No court is needed to take the vehicle back after that either.',
    lg: '{paid} bye bitundu bibiri ku bisatu. Ne nga bisasuddwa, ekidduka kiyinza okukuggyibwako awatali kiragiro kya kkooti.',
    sw: '{paid} ni theluthi mbili za jumla. Hata baada ya hapo chombo kinaweza kuchukuliwa bila amri ya mahakama.',
    rw: "{paid} ni bibiri bya gatatu bya byose. Na nyuma yaho ikinyabiziga gishobora gusubizwa nta cyemezo cy'urukiko.",
  },
  twoThirdsBy: {
    en: 'By the schedule that is with instalment {instalment}.',
    lg: 'Okusinziira ku nteekateeka, kiba ku nsasula {instalment}.',
    sw: 'Kwa ratiba ni awamu ya {instalment}.',
    rw: 'Kuri gahunda ni ku gice cya {instalment}.',
  },
  notStoppedAfter: {
    en: 'From then on it is not stopped either.',
    lg: 'Okuva olwo era tekiyimirizibwa.',
    sw: 'Kuanzia hapo pia hakizimwi.',
    rw: 'Kuva ubwo kandi ntigihagarikwa.',
  },
  leaving: {
    en: 'You may bring the vehicle back on any day. You then owe no more than what is overdue and late fees; what you have paid ahead is given back, the rest of what you have paid is not. Before you get the vehicle, all of it is given back.',
    lg: "Oyinza okuzza ekidduka ku lunaku lwonna. Olwo obanjibwa ebyayita n'engassi byokka; by'osasudde nga tebinnatuuka bikuddizibwa, ebirala by'osasudde tebidda. Nga tonnafuna kidduka, byonna bikuddizibwa.",
    sw: 'Unaweza kurudisha chombo siku yoyote. Utadaiwa tu yaliyochelewa na faini; uliyolipa mapema unarudishiwa, mengine uliyolipa hayarudi. Kabla ya kupokea chombo unarudishiwa yote.',
    rw: "Ushobora gusubiza ikinyabiziga umunsi uwo ari wo wose. Icyo gihe wishyuzwa ibyarengeje igihe n'amande gusa; ibyo wishyuye mbere y'igihe urabisubizwa, ibindi wishyuye ntibisubizwa. Utarahabwa ikinyabiziga, usubizwa byose.",
  },
  settling: {
    en: 'You may pay the rest early: instalments that are not due yet then cost nothing for credit. After {count} instalments on time the vehicle is yours for {amount}, and you save {saved}.',
    lg: "Oyinza okusasula ebisigadde amangu: ensasula ezitannatuuka olwo tezibaako magoba. Ng'omaze ensasula {count} mu budde, ekidduka kiba kikyo ku {amount}, era owonya {saved}.",
    sw: 'Unaweza kulipa yaliyobaki mapema: awamu ambazo bado hazitozwi gharama ya mkopo. Baada ya awamu {count} kwa wakati, chombo ni chako kwa {amount}, na unaokoa {saved}.',
    rw: "Ushobora kwishyura asigaye mbere: ibice bitaragera ntibibarwaho inyungu. Nyuma y'ibice {count} ku gihe, ikinyabiziga kiba icyawe kuri {amount}, ukazigama {saved}.",
  },
} as const satisfies Readonly<Record<string, Phrase>>;

/** The key facts in each language that phones are spoken to in, a text for each topic. */
export function keyFactsTexts(facts: KeyFacts): Texts {
  const { currency } = marketRules(facts.market);
  const sum = (amount: number) => formatMoney(money(amount, currency));
  const { late, twoThirds, settling, rates } = facts;
  const [first, last] = [facts.example[0], facts.example.at(-1)];
  const inOne = (language: (typeof spoken)[number]): Readonly<Record<Topic, string>> => {
    const say = (name: keyof typeof phrases, values = {}) => inLanguage(phrases[name], language, values);
    const stop = late.stop?.afterDaysPastDue ?? null;
    return {
      cost: [
        say('cost', {
          price: sum(facts.price),
          deposit: sum(facts.deposit),
          instalments: facts.instalments,
          frequency: inLanguage(frequencyWords[facts.frequency], language),
          total: sum(facts.total),
          credit: sum(facts.costOfCredit),
        }),
        ...(facts.subsidy === null
          ? []
          : [say('subsidy', { by: facts.subsidy.by, amount: sum(facts.subsidy.amount) })]),
      ].join(' '),
      rate: say('rate', { eu: percent(rates.eu), us: percent(rates.us) }),
      example: say('example', {
        on: facts.handedOverOn,
        first: sum(first?.amount ?? 0),
        firstOn: first?.dueOn ?? facts.handedOverOn,
        last: sum(last?.amount ?? 0),
        lastOn: last?.dueOn ?? facts.handedOverOn,
      }),
      late: [
        say('grace', { days: late.graceDays }),
        late.fee === null ? say('noFee') : say('fee', { fee: sum(late.fee.amount), cap: sum(late.fee.cap) }),
        stop === null ? say('notStopped') : say('stopped', { days: stop, hours: late.stop?.noticeHours ?? 0 }),
        say('takenBack', { days: late.takenBackAfterDays, notice: late.takenBackNoticeDays }),
      ].join(' '),
      twoThirds: [
        say(twoThirds.needsCourt ? 'twoThirds' : 'twoThirdsNoCourt', { paid: sum(twoThirds.paid) }),
        ...(twoThirds.instalment === 0 ? [] : [say('twoThirdsBy', { instalment: twoThirds.instalment })]),
        ...(late.stop?.afterTwoThirds === false ? [say('notStoppedAfter')] : []),
      ].join(' '),
      leaving: say('leaving'),
      settling: say('settling', {
        count: settling.afterInstalments,
        amount: sum(settling.amount),
        saved: sum(settling.saved),
      }),
    };
  };
  return { en: inOne('en'), lg: inOne('lg'), sw: inOne('sw'), rw: inOne('rw') };
}

/** `41.37`, and `> 10000` where the rate is beyond what is told. */
const percent = (rate: number | null) => (rate === null ? `> ${MOST_PERCENT}` : rate.toFixed(2));
