/**
 * After a write-off a lease takes money for so many days of 24 hours: claims on instalments become time-barred, and
 * after this nothing is taken any more.
 */
export const RECOVERY_DAYS = 3 * 365;
