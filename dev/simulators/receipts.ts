import { wallTime } from './clock.ts';
import type { Seeded } from './random.ts';
import type { SimulatedProvider } from './simulated.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * A receipt in the provider's form, the same for the same seed and `about`: digits at MTN,
 * `MP261123.1517.A000000000` at Airtel, ten letters and digits at M-Pesa.
 */
export function receiptOf(random: Seeded, provider: SimulatedProvider, ...about: (string | number)[]): string {
  switch (provider) {
    case 'mtn':
      return `1${random.digits(15, 'receipt', provider, ...about)}`;
    case 'airtel': {
      const { stamp } = wallTime(Date.now(), 'Africa/Kampala');
      const letter = random.text(1, letters, 'receipt letter', ...about);
      return `MP${stamp.slice(2, 8)}.${stamp.slice(8, 12)}.${letter}${random.digits(9, 'receipt', provider, ...about)}`;
    }
    case 'mpesa':
      return (
        random.text(1, letters, 'receipt letter', ...about) +
        random.text(9, `${letters}0123456789`, 'receipt', ...about)
      );
    default:
      return provider satisfies never;
  }
}
