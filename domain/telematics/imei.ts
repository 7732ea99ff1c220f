/** By which a Teltonika unit logs in and names itself. */
const IMEI = /^\d{15}$/;

export const isImei = (text: string): boolean => IMEI.test(text);

/** Whether the last of the 15 digits is the check digit of the others (Luhn; 3GPP TS 23.003, annex B): one typed wrong shows there. */
export function hasCheckDigit(imei: string): boolean {
  const sum = Array.from(imei, Number).reduce((total, digit, index) => {
    const doubled = digit * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
