import { formatMoney } from '../../money.ts';
import { answerText } from '../answer-text.ts';
import type { Message } from '../messages.ts';
import { isOfParties, partyText } from './parties.ts';

/** Null for what nobody has put into Luganda yet: what a right hangs on waits for somebody whose language it is. */
export function luganda(message: Message): string | null {
  switch (message.template) {
    case 'deposit_received':
      return `Tufunye omusingo gwo ogwa ${formatMoney(message.deposit)}. Agenti ajja kukukwasa ekidduka kyo.`;
    case 'promised':
      return `Webale. Tusuubira ${formatMoney(message.amount)} nga ${message.on}, era tetujja kusaba nga olunaku olwo terunnatuuka.`;
    case 'owner':
      return 'Weebale nnyo! Osasudde ensasula esembayo: ekidduka kikyo.';
    case 'refund':
      return `Tukuddizza ${formatMoney(message.amount)} ku akawunti yo ey'essimu.`;
    case 'your_turn':
      return `Omulundi gwo gutuuse ku ${message.vehicle}: gitwale mu app mu ssaawa ${message.hours}, oba ejja kuweebwa addako.`;
    case 'vehicle_gone':
      return `${message.vehicle} gy'obadde olinda tekyafunika. App ekulaga endala ezigifaanana.`;
    case 'turn_delayed':
      return `${message.vehicle} gy'olinda ekuumibwa omulala okumala essaawa ${message.hours} endala. Ekifo kyo mu layini kisigalawo.`;
    case 'hold_extended':
      return `Tukukuumira ekidduka okumala essaawa ${message.hours} endala. Teeka omukono ku ndagaano, oba sasula omusingo, nga tezinnaggwa.`;
    case 'answer':
      return answerText(message.said, 'lg', message.isOver);
    case 'answered':
      return 'Tuzzeemu okusaba kwo. Kisome mu app, oba tukubire essimu.';
    default:
      return isOfParties(message) ? partyText(message, 'lg') : null;
  }
}
