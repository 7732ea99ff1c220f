/** The default alphabet of GSM 03.38 and its extension table (3GPP TS 23.038): what a phone shows that can do nothing else. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const extension = new Set('\f^{}\\[~]|€');

/** What takes the place of two. */
export const isExtended = (character: string): boolean => extension.has(character);
export const isOfGsm = (character: string): boolean => basic.has(character) || isExtended(character);

/** What phones and word processors write for signs that the alphabet has, and the letter of Luganda that has no marks to lose. */
const instead: Readonly<Record<string, string>> = {
  '\u2018': "'",
  '\u2019': "'",
  '\u201c': '"',
  '\u201d': '"',
  '\u2013': '-',
  '\u2014': '-',
  '\u2026': '...',
  '\u00a0': ' ',
  ŋ: 'ng',
  Ŋ: 'Ng',
};

/**
 * A text in the alphabet of GSM as far as it has the letters: others lose their marks (ë becomes e), since one of them would make
 * two texts of one, and a screen of 182 characters one of 80. What has no letter there stays as it is.
 */
export function inGsm(text: string): string {
  return Array.from(text.normalize('NFC'))
    .map((character) => {
      if (isOfGsm(character)) return character;
      const bare = instead[character] ?? character.normalize('NFKD').replaceAll(/\p{Mark}/gu, '');
      return bare !== '' && Array.from(bare).every(isOfGsm) ? bare : character;
    })
    .join('');
}
