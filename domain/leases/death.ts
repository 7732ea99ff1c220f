/** What becomes of the leases of a customer who has died: an heir takes them over, they are settled, or the vehicle goes back. */
export const estateChoices = ['transfer', 'settle', 'return'] as const;
export type EstateChoice = (typeof estateChoices)[number];

/** Days for which collection waits for a death that nobody has proven, and after which a person looks at it again. */
export const REPORT_DAYS = 30;
/** Days, from the day on which it was proven, that the estate has to choose. */
export const ESTATE_DAYS = 90;
/** Days for which collection waits on where nobody has decided by then: a person hears of it each time. */
export const FURTHER_DAYS = 30;
