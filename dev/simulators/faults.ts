import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import type { Seeded } from './random.ts';

/** Routes that faults strike: those that speak a provider's wire format. */
const faultyProviders = ['mtn', 'airtel', 'mpesa', 'smileid', 'sms', 'infobip', 'mail', 'push'] as const;
export type FaultyProvider = (typeof faultyProviders)[number];

const rate = z.number().min(0).max(1).default(0);

/** What `POST /faults` takes; it replaces what was set before. */
export const faultsInput = z.strictObject({
  /** Added before each request is looked at. */
  latencyMs: z.number().int().min(0).max(60_000).default(0),
  /** Share of requests that answer 503 and are not taken. */
  errorRate: rate,
  /** Every request answers 503 and is not taken. */
  down: z.boolean().default(false),
  /** Share of callbacks that come twice. */
  duplicateCallbacks: rate,
  /** Share of callbacks that never come; pay-bill notices are spared, they are repeated until answered. */
  loseCallbacks: rate,
  /** Callbacks wait up to 1.5 s each, and so overtake each other. */
  shuffleCallbacks: z.boolean().default(false),
  /** Share of requests that answer 429 and are not taken. */
  rateLimited: rate,
  /** Prompts of any second beyond these answer 429 and are not taken; no limit when absent. */
  promptsPerSecond: z.number().int().min(1).max(10_000).optional(),
  /** Share of signed callbacks whose signature does not fit. */
  tamperedSignatures: rate,
  /** Share of M-Pesa's reversals whose time-out is told to the QueueTimeOutURL, before their result. */
  queueTimeOuts: rate,
  /** Which providers are struck; all when absent. */
  providers: z.array(z.enum(faultyProviders)).min(1).optional(),
});
export type FaultSettings = z.output<typeof faultsInput>;

/** The faults in force; none after a start. */
export class Faults {
  #current: FaultSettings = faultsInput.parse({});
  #requests = 0;
  /** When the prompts of the last second were taken, by provider; milliseconds. */
  #promptsRefused = 0;
  readonly #prompts = new Map<FaultyProvider, number[]>();
  readonly #random: Seeded;

  constructor(random: Seeded) {
    this.#random = random;
  }

  get current(): FaultSettings {
    return this.#current;
  }

  /** How many prompts were refused for their number since the faults were set. */
  get promptsRefused(): number {
    return this.#promptsRefused;
  }

  set(settings: FaultSettings): void {
    this.#current = settings;
    this.#prompts.clear();
    this.#promptsRefused = 0;
  }

  clear(): void {
    this.#current = faultsInput.parse({});
  }

  /** The faults that strike a provider, or undefined. */
  on(provider: FaultyProvider): FaultSettings | undefined {
    const { providers } = this.#current;
    return providers === undefined || providers.includes(provider) ? this.#current : undefined;
  }

  /** Whether a fault with a rate strikes the thing named `about`. */
  strikes(
    kind: 'duplicateCallbacks' | 'loseCallbacks' | 'tamperedSignatures' | 'queueTimeOuts',
    provider: FaultyProvider,
    about: string,
  ): boolean {
    return this.#random.number(kind, about) < (this.on(provider)?.[kind] ?? 0);
  }

  /**
   * The status that the next request of `provider` is refused with, or undefined when it goes through.
   *
   * @param isPrompt whether it would make a customer's phone ring
   */
  nextRefusal(provider: FaultyProvider, isPrompt: boolean): 429 | 503 | undefined {
    const faults = this.on(provider);
    if (!faults) return undefined;
    const number = this.#requests++;
    if (faults.down) return 503;
    if (faults.rateLimited > 0 && this.#random.number('rateLimited', number) < faults.rateLimited) return 429;
    if (faults.errorRate > 0 && this.#random.number('errorRate', number) < faults.errorRate) return 503;
    return isPrompt && this.#isBeyond(provider, faults.promptsPerSecond) ? 429 : undefined;
  }

  #isBeyond(provider: FaultyProvider, most = Number.POSITIVE_INFINITY): boolean {
    const now = performance.now();
    const lately = (this.#prompts.get(provider) ?? []).filter((at) => at > now - 1_000);
    const isBeyond = lately.length >= most;
    if (isBeyond) this.#promptsRefused += 1;
    this.#prompts.set(provider, isBeyond ? lately : [...lately, now]);
    return isBeyond;
  }
}

/** Where each provider takes what makes a phone ring. */
const prompt = /\/(requesttopay|payments|processrequest)\/?$/;

/** Applies latency and refusals to a provider's routes; `refuse` words the refusal as that provider would. */
export function struckBy(faults: Faults, provider: FaultyProvider, refuse: (status: 429 | 503) => Response) {
  return createMiddleware<{ Bindings: HttpBindings }>(async ({ req }, next) => {
    const latency = faults.on(provider)?.latencyMs ?? 0;
    // Unreferenced, so that a wait does not hold up the end of the process.
    if (latency > 0) await sleep(latency, undefined, { ref: false });
    const status = faults.nextRefusal(provider, req.method === 'POST' && prompt.test(req.path));
    if (status === undefined) return next();
    const response = refuse(status);
    if (status === 429) response.headers.set('retry-after', '1');
    return response;
  });
}
