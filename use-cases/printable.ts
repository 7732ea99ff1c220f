/** What WinAnsi has beyond Latin-1: the encoding of the fonts that every PDF reader brings. */
const beyondLatin = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ');

const known = (character: string) => /[\u0020-\u007e\u00a0-\u00ff]/.test(character) || beyondLatin.has(character);

/** Letters of names here that have no marks to lose, as people write them where they are missing: Luganda's ŋ. */
const instead: Readonly<Record<string, string>> = { ŋ: 'ng', Ŋ: 'Ng' };

/** Text in letters that the document's fonts have: others lose their marks (ā becomes a), and what is left is `?`. */
export function printable(text: string): string {
  return Array.from(text.normalize('NFC'))
    .map((character) => {
      if (known(character)) return character;
      const spelt = instead[character];
      if (spelt !== undefined) return spelt;
      const bare = Array.from(character.normalize('NFKD').replaceAll(/\p{Mark}/gu, ''));
      return bare.length > 0 && bare.every(known) ? bare.join('') : '?';
    })
    .join('');
}
