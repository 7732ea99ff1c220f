import type { z } from 'zod';
import { Client } from './client.ts';
import type { FaultSettings, faultsInput } from './simulators/faults.ts';
import type { promptOf, transactionOf } from './simulators/ledger.ts';
import type { sentMessage } from './simulators/messages.ts';
import type { inboundBody, payBillBody } from './simulators/pay-bill.ts';
import type { Screen, smsBody, ussdBody } from './simulators/phone.ts';

interface List<T> {
  readonly data: T[];
}

/** The simulators' own routes, beside those that speak a provider's wire format. */
export interface SimulatorCalls {
  readonly get: {
    '/sms': { input: { query: { to: string } }; answer: List<ReturnType<typeof sentMessage>> };
    '/mail': { input: { query: { to: string } }; answer: List<ReturnType<typeof sentMessage>> };
    '/push': { input: { query: { to: string } }; answer: List<ReturnType<typeof sentMessage>> };
    '/transactions': { input: { query?: { payer: string } }; answer: List<ReturnType<typeof transactionOf>> };
    '/faults': { input: {}; answer: FaultSettings & { readonly promptsRefused: number } };
    '/prompts': { input: { query: { payer: string } }; answer: List<ReturnType<typeof promptOf>> };
  };
  readonly post: {
    /** A customer pays by himself. */
    '/pay-bill': { input: { body: z.input<typeof payBillBody> }; answer: ReturnType<typeof transactionOf> };
    '/inbound-urls': { input: { body: z.input<typeof inboundBody> }; answer: unknown };
    /** A phone dials, or types. */
    '/ussd': { input: { body: z.input<typeof ussdBody> }; answer: Screen };
    '/sms/inbound': { input: { body: z.input<typeof smsBody> }; answer: { id: string; status: number } };
    /** In the place of the faults before; none without a body. */
    '/faults': { input: { body?: z.input<typeof faultsInput> }; answer: FaultSettings };
  };
}

/** Looks behind the providers, and plays tricks with them. */
export class SimulatorClient extends Client<SimulatorCalls> {}
