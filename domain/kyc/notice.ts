/**
 * What a customer consents to before identity documents are taken. A changed text gets a new version;
 * a submission names the version that was shown, and only the current one counts.
 */
export const kycNotice = {
  noticeVersion: '2026-01',
  text: [
    'We ask for your identity document and a photograph of your face to know who you are before we hand you a vehicle on credit.',
    'We store the files encrypted. Our staff see them only to check them, and every look is recorded.',
    'We send the number of the document and the photographs to our identity-check partner, who compares them with the national registry and tells us the result.',
    'We keep them for as long as you are our customer and for as long afterwards as the law on money laundering wants it.',
    'You may see, correct and export what we hold, and ask for its deletion where the law does not make us keep it. You may refuse; then we cannot lease you a vehicle.',
  ].join('\n\n'),
} as const;
