import { formatMoney } from '../../money.ts';
import { answerText } from '../answer-text.ts';
import type { Message } from '../messages.ts';
import { isOfParties, partyText } from './parties.ts';

/** Null for what nobody has put into Kinyarwanda yet: what a right hangs on waits for somebody whose language it is. */
export function kinyarwanda(message: Message): string | null {
  switch (message.template) {
    case 'deposit_received':
      return `Twakiriye avansi yawe ya ${formatMoney(message.deposit)}. Umukozi azaguha ikinyabiziga cyawe.`;
    case 'promised':
      return `Murakoze. Dutegereje ${formatMoney(message.amount)} ku wa ${message.on}, ntituzabasaba mbere yaho.`;
    case 'owner':
      return 'Mwarakoze! Mwishyuye bwa nyuma: ikinyabiziga ni icyanyu.';
    case 'refund':
      return `Twabasubije ${formatMoney(message.amount)} kuri konti yanyu ya telefone.`;
    case 'your_turn':
      return `Ni mwe mutahiwe kuri ${message.vehicle}: muyifate muri porogaramu mu masaha ${message.hours}, bitabaye ibyo ihabwa ukurikira.`;
    case 'vehicle_gone':
      return `${message.vehicle} mwari mutegereje ntikiboneka. Porogaramu ibereka izindi nka yo.`;
    case 'turn_delayed':
      return `${message.vehicle} mutegereje ibikiwe undi amasaha ${message.hours} yandi. Umwanya wanyu ku murongo urahama.`;
    case 'hold_extended':
      return `Turababikira ikinyabiziga andi masaha ${message.hours}. Musinye amasezerano, cyangwa mwishyure avansi, mbere yaho.`;
    case 'answer':
      return answerText(message.said, 'rw', message.isOver);
    case 'answered':
      return 'Twasubije ubusabe bwanyu. Mubusome muri porogaramu, cyangwa muduhamagare.';
    default:
      return isOfParties(message) ? partyText(message, 'rw') : null;
  }
}
