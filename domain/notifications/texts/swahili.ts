import { formatMoney, type Money } from '../../money.ts';
import { answerText } from '../answer-text.ts';
import type { ApplicationTemplate, HoldTemplate, Message, TicketTemplate } from '../messages.ts';
import { partyText } from './parties.ts';

export function swahili(message: Message): string {
  switch (message.template) {
    case 'offer':
    case 'declined':
    case 'lapsed':
    case 'deposit_received':
    case 'deposit_owed_again':
    case 'welcome':
      return ofApplication(message);
    case 'reminder':
      return reminder(message);
    case 'prompt_declined':
      return `Hukuthibitisha ombi la malipo. ${again(message)}`;
    case 'wrong_pin':
      return `PIN haikuwa sahihi, kwa hiyo hakuna kilicholipwa. ${again(message)}`;
    case 'other_method':
      return `Akaunti yako ya simu haiwezi kulipa (${message.reference}). Tafadhali chagua njia nyingine ya malipo kwenye programu.`;
    case 'late_fee':
      return `Ada ya kuchelewa ya ${formatMoney(message.fee)} imeongezwa (${message.reference}). Una shida kulipa? Zungumza nasi kabla ya nyingine.`;
    case 'paused':
      return `Mkataba wako umesimama: hakuna malipo kabla ya ${message.until}, na kila awamu inasogea kwa siku hizo hizo.`;
    case 'crash_noticed':
      return `Kifaa kimeona mgongano mkubwa. Uko salama? Tupigie upate msaada. Chombo kikitengenezwa unaweza kuomba kusimamisha malipo (${message.reference}).`;
    case 'promised':
      return `Asante. Tunatarajia ${formatMoney(message.amount)} tarehe ${message.on} na hatutaomba kabla ya hapo.`;
    case 'restructured':
      return `Mpango wako mpya: ${formatMoney(message.instalment)} kila mara, kuanzia ${message.firstDueOn}. Bei yote haijabadilika.`;
    case 'immobilisation_warning':
      return `${formatMoney(message.overdue)} imechelewa (${message.reference}). Isipolipwa, chombo chako kitasimamishwa kikiwa kimeegeshwa, saa ${message.hours} kuanzia sasa. Una shida? Zungumza nasi.`;
    case 'restart_code':
      return `Asante kwa kulipa. Ikiwa chombo chako hakiwaki chenyewe, andika nambari hii kwenye vitufe vyake, mara moja: ${message.code}`;
    case 'theft_reported':
      return `Chombo chako (${message.reference}) kimeripotiwa kuibwa. ${message.until === undefined ? '' : `Hakuna malipo kabla ya ${message.until}. `}Ikiwa si wewe, tupigie simu mara moja.`;
    case 'returned':
    case 'total_loss':
      return isOver(message);
    case 'repossessed':
      return `Tumechukua chombo. ${formatMoney(message.owed)} bado inadaiwa kwa ${message.reference}; bei ya kukiuza itapunguza deni. Tafadhali tupigie simu.`;
    case 'owner':
      return 'Hongera! Umefanya malipo ya mwisho: chombo ni chako.';
    case 'your_turn':
    case 'vehicle_gone':
    case 'turn_delayed':
    case 'hold_extended':
      return ofHold(message);
    case 'refund':
      return `Tumerudisha ${formatMoney(message.amount)} kwenye akaunti yako ya simu.`;
    case 'answer_awaited':
    case 'unanswered':
    case 'answer':
    case 'answered':
      return ofTicket(message);
    default:
      return partyText(message, 'sw');
  }
}

function ofApplication(message: Extract<Message, { readonly template: ApplicationTemplate }>): string {
  switch (message.template) {
    case 'offer':
      return `Ombi lako limekubaliwa. Kubali ofa ndani ya saa ${message.hours}; amana ni ${formatMoney(message.deposit)}.`;
    case 'declined':
      return 'Hatuwezi kukupa chombo hiki kwa sasa. Programu inaonyesha sababu na kitakachosaidia.';
    case 'lapsed':
      return 'Muda wa ombi lako umeisha. Unaweza kuomba tena wakati wowote.';
    case 'deposit_received':
      return `Tumepokea amana yako ya ${formatMoney(message.deposit)}. Wakala atakukabidhi chombo chako.`;
    case 'deposit_owed_again':
      return `Amana yako imerudishwa: ${formatMoney(message.deposit)} inadaiwa tena (${message.reference}). Tutatuma ombi la malipo; unaweza kulipa kabla yake.`;
    case 'welcome':
      return `Safari njema! Utalipa ${formatMoney(message.instalment)}, mara ya kwanza ${message.firstDueOn}. Kumbukumbu yako ni ${message.reference}.`;
  }
}

function again({ reference, onAgain }: { readonly reference: string; readonly onAgain?: string }): string {
  return `Tutaomba tena ${onAgain === undefined ? 'hivi karibuni' : `tarehe ${onAgain}`}; unaweza kulipa wakati wowote kwa kumbukumbu ${reference}.`;
}

function reminder({ overdue, daysPastDue, reference }: Extract<Message, { template: 'reminder' }>): string {
  const late = `${formatMoney(overdue)} imechelewa kwa siku ${daysPastDue} (${reference}).`;
  if (daysPastDue < 7) return `${late} Lipa kwenye programu au kwa simu kwa kumbukumbu hii. Una shida? Zungumza nasi.`;
  if (daysPastDue < 30) return `${late} Tafadhali lipa, au tuambie utalipa lini: kwenye programu, au kwa wakala.`;
  return `${late} Mkataba wako uko hatarini. Wakala atakutembelea; tafadhali lipa au tupigie leo.`;
}

function isOver({
  template,
  owed,
  reference,
}: Extract<Message, { readonly owed: Money; readonly reference: string }>): string {
  const what = template === 'returned' ? 'Umerudisha chombo' : 'Chombo kimepotea kabisa';
  return owed.amount === 0
    ? `${what} na mkataba wako (${reference}) umeisha. Hakuna deni.`
    : `${what} na mkataba wako umeisha. ${formatMoney(owed)} bado inadaiwa; tafadhali lipa kwa kumbukumbu ${reference}.`;
}

function ofHold(message: Extract<Message, { readonly template: HoldTemplate }>): string {
  switch (message.template) {
    case 'your_turn':
      return `Ni zamu yako ya ${message.vehicle}: ichukue kwenye programu ndani ya saa ${message.hours}, la sivyo itaenda kwa anayefuata.`;
    case 'vehicle_gone':
      return `${message.vehicle} uliyokuwa ukisubiri haipatikani tena. Programu inaonyesha nyingine kama hiyo.`;
    case 'turn_delayed':
      return `${message.vehicle} unayosubiri inashikiliwa kwa mtu mwingine kwa saa ${message.hours} zaidi. Nafasi yako kwenye foleni inabaki.`;
    case 'hold_extended':
      return `Tunakushikia chombo kwa saa ${message.hours} zaidi. Saini mkataba, au lipa amana, kabla ya hapo.`;
  }
}

function ofTicket(message: Extract<Message, { readonly template: TicketTemplate }>): string {
  switch (message.template) {
    case 'answer_awaited':
      return `Tunasubiri jibu lako: kwa ujumbe, kwenye programu, au tupigie simu. Tarehe ${message.until} tutafunga ombi lako.`;
    case 'unanswered':
      return 'Ombi lako limefungwa kwa sababu hatujapata jibu lako. Jibu ujumbe huu, au andika kwenye programu, nalo litafunguliwa tena.';
    case 'answer':
      return answerText(message.said, 'sw', message.isOver);
    case 'answered':
      return 'Tumejibu ombi lako. Tafadhali lisome kwenye programu, au tupigie simu.';
  }
}
