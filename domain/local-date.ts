/** A day, `YYYY-MM-DD`, in the time zone of a market. */
export type LocalDate = string & { readonly __brand: 'LocalDate' };
