import type { TicketCategory } from './ticket.ts';

type Urgent = Extract<TicketCategory, 'accident' | 'theft'>;

const words = (...lines: readonly string[]): ReadonlySet<string> => new Set(lines.join(' ').split(' '));

/** By which people tell of what cannot wait: in English, Luganda, Swahili and Kinyarwanda, a line each. */
const wordsOf: Readonly<Record<Urgent, ReadonlySet<string>>> = {
  accident: words(
    'ACCIDENT ACCIDENTS CRASH CRASHED COLLISION COLLIDED',
    'AKABENJE KABENJE OBUBENJE BANTOMEDDE ANTOMEDDE',
    'AJALI NIMEGONGWA NIMEGONGA AMEGONGWA IMEGONGWA',
    'IMPANUKA NAGONZWE NAGONZE YAGONZWE',
  ),
  theft: words(
    'THEFT STOLEN STOLE ROBBED ROBBERY THIEF THIEVES HIJACKED SNATCHED',
    'BABBYE BAGIBBYE EBBIDDWA BANZIBYE BANZIBBYE OBUBBI OMUBBI ABABBI',
    'WIZI MWIZI WEZI IMEIBIWA IMEIBWA ILIIBIWA NIMEIBIWA WAMEIBA AMEIBA WAMENIIBIA',
    'UBUJURA UMUJURA ABAJURA YIBWE NIBWE BIBYE BAYIBYE BANYIBYE',
  ),
};

/**
 * What a message from a phone is about, as far as a word of it says so: nobody chose a category. An urgent one too many
 * costs a look, one too few leaves somebody on the road. Who did something `by accident` had none.
 */
export function categoryNamedIn(text: string): Urgent | 'other' {
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/\bBY ACCIDENT\b/g, ' ');
  const said = plain.match(/\p{L}+/gu) ?? [];
  const isNamed = (category: Urgent) => said.some((word) => wordsOf[category].has(word));
  if (isNamed('accident')) return 'accident';
  return isNamed('theft') ? 'theft' : 'other';
}
