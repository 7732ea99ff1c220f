import type { Copy } from './copy.ts';

/** A provider of one market, which only takes charges. */
const adapter = `
import { z } from 'zod';
import type { Config } from '#platform/config';
import { ProviderHttp } from '../http.ts';
import { configured } from '../settings.ts';
import type { MobileMoneyProvider } from './provider.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { readStatement, statementQuery } from './statement.ts';

const variables = z.object({ WAVE_BASE_URL: z.string(), WAVE_API_KEY: z.string() });
const callback = z.object({ paid: z.boolean(), id: z.string() });

export function waveFromConfig(config: Config): MobileMoneyProvider | null {
  const given = configured(config, variables);
  if (given === null) return null;
  const http = new ProviderHttp({ name: 'wave', base: given.WAVE_BASE_URL });
  const headers = { authorization: \`Bearer \${given.WAVE_API_KEY}\` };
  return {
    name: 'wave',
    mostAtOnce: {},
    leastAtOnce: {},
    refusesMore: false,
    promptLasts: 180_000,
    refunds: 'none',
    payBillRefunds: [],
    needsReceipt: false,
    ready: async () => {},
    async charge({ attemptId, payer, amount }) {
      const { status } = await http.send('/charges', { method: 'POST', headers, body: { attemptId, payer, amount } });
      if (status !== 202) throw new ProviderFailure('not_taken', 'wave: did not take it');
      return { providerRequestId: attemptId };
    },
    status: async ({ attemptId }) => {
      const { status } = await http.send(\`/charges/\${attemptId}\`, { method: 'GET', headers });
      return { state: status === 404 ? 'not_found' : 'pending' };
    },
    refund: () => Promise.reject(new ProviderFailure('refused', 'wave: gives nothing back')),
    refundStatus: async () => ({ state: 'cannot_tell' }),
    statement: async (date, market) =>
      readStatement('wave', await http.send(\`/statement\${statementQuery(date)}\`, { method: 'GET', headers }), { date, market }),
    parseCallback(body) {
      const { paid, id } = callback.parse(JSON.parse(body));
      const state = paid ? 'succeeded' : 'failed';
      return { state, reason: null, receipt: id, amount: null, authentic: true, providerRequestId: null };
    },
    parseInbound: () => {
      throw new SyntaxError('wave announces nothing');
    },
    ping: async () => {
      await http.send('/', { method: 'GET', headers });
    },
    circuit: () => http.circuit,
  };
}
`;

/** The provider in its file, its market, its prefix, its variables, and its line in the registry. */
export function addWave(copy: Copy): void {
  copy.write('providers/mobile-money/wave.ts', adapter);
  copy.put('domain/markets.ts', "'mtn', 'airtel', 'mpesa'", 'behind', ", 'wave'");
  copy.put('domain/markets.ts', "providers: ['mpesa'", 'behind', ", 'wave'");
  copy.put('domain/payments/prefixes.ts', "    '11': 'mpesa',\n", 'before', "    '10': 'wave',\n");
  const registry = 'providers/mobile-money/registry.ts';
  copy.put(registry, '  mpesaFromConfig,\n', 'behind', '  waveFromConfig,\n');
  copy.put(registry, 'import type { MobileMoneyProvider }', 'before', "import { waveFromConfig } from './wave.ts';\n");
  copy.put(
    'platform/variables/providers.ts',
    '  /** M-Pesa (Daraja)',
    'before',
    '  /** Wave; without it the provider is switched off. */\n  WAVE_BASE_URL: url.optional(),\n  /** Its key. */\n  WAVE_API_KEY: secret.optional(),\n',
  );
  copy.put('.env.example', 'MPESA_BASE_URL=\n', 'before', '# WAVE_API_KEY is a secret.\nWAVE_BASE_URL=\n');
  copy.put('docker-compose.yml', '  MPESA_BASE_URL: ', 'before', '  WAVE_BASE_URL: ${WAVE_BASE_URL:-}\n');
}

/** What the registry knows of it, and what it reads of a callback. */
export const useWave = `
import { loadConfig } from './platform/config.ts';
import { createMobileMoney } from './providers/mobile-money/registry.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://localhost/x', MQTT_PLATFORM_PASSWORD: 'x', JWT_KEYS: 'x', ENCRYPTION_KEYS: 'x',
  WAVE_BASE_URL: 'http://localhost/wave', WAVE_API_KEY: 'x',
});
const providers = createMobileMoney(config);
console.log(JSON.stringify({
  ofMarket: providers.forMarket('KE').map(({ name }) => name),
  ofPhone: providers.forPhone('+254101234567')?.name,
  claim: providers.get('wave').parseCallback('{"paid":true,"id":"W1"}', new Headers(), 'KE').receipt,
}));
`;
