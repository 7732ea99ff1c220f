/** The mobile-money providers that are simulated, whichever others a platform in front may know. */
export const simulatedProviders = ['mtn', 'airtel', 'mpesa'] as const;
export type SimulatedProvider = (typeof simulatedProviders)[number];
