/** What WinAnsi has beyond Latin-1: the encoding of the fonts that every PDF reader brings. */
const beyondLatin = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ');

const known = (character: string) => /[\u0020-\u007e\u00a0-\u00ff]/.test(character) || beyondLatin.has(character);

/** Text in letters that the document's fonts have: others lose their marks (ā becomes a), and what is left is `?`. */
export function printable(text: string): string {
  return Array.from(text.normalize('NFC'))
    .map((character) => {
      if (known(character)) return character;
      const bare = Array.from(character.normalize('NFKD').replaceAll(/\p{Mark}/gu, ''));
      return bare.length > 0 && bare.every(known) ? bare.join('') : '?';
    })
    .join('');
}
