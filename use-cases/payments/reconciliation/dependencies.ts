import type { MobileMoneyRegistry } from '#providers/mobile-money/registry';
import type { PaymentDependencies } from '../dependencies.ts';

export interface ReconciliationDependencies extends Omit<PaymentDependencies, 'mobileMoney'> {
  readonly mobileMoney: MobileMoneyRegistry;
}
