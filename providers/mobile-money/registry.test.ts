import { describe, expect, it } from 'vitest';
import { ConfigurationError, loadConfig } from '#platform/config';
import { createIdentityCheck } from '../identity-check/smile-id.ts';
import { createTextMessages } from '../messaging/text-messages.ts';
import { createMobileMoney } from './registry.ts';

const needed = {
  DATABASE_URL: 'postgres://localhost/x',
  MQTT_PLATFORM_PASSWORD: 'x',
  JWT_KEYS: 'x',
  ENCRYPTION_KEYS: 'x',
};
const mtn = { MTN_BASE_URL: 'http://localhost/mtn', MTN_API_USER: 'u', MTN_API_KEY: 'k', MTN_SUBSCRIPTION_KEY: 's' };
const airtel = { AIRTEL_BASE_URL: 'http://localhost/airtel', AIRTEL_CLIENT_ID: 'c', AIRTEL_CLIENT_SECRET: 's' };
const mpesa = {
  MPESA_BASE_URL: 'http://localhost/mpesa',
  MPESA_CONSUMER_KEY: 'c',
  MPESA_CONSUMER_SECRET: 's',
  MPESA_SHORTCODE: '174379',
  MPESA_PASSKEY: 'p',
  MPESA_INITIATOR: 'i',
  MPESA_SECURITY_CREDENTIAL: 'x',
};
const configOf = (...parts: Record<string, string>[]) =>
  loadConfig(Object.fromEntries([needed, ...parts].flatMap((part) => Object.entries(part))));

describe('the registry', () => {
  it('has what is configured, by name and by market', () => {
    const all = createMobileMoney(configOf(mtn, airtel, mpesa));
    expect(all.forMarket('UG').map(({ name }) => name)).toEqual(['mtn', 'airtel']);
    expect(all.forMarket('KE').map(({ name }) => name)).toEqual(['mpesa']);
    expect(all.get('mpesa').name).toBe('mpesa');
    expect(all.all().map((provider) => provider.circuit())).toEqual(['closed', 'closed', 'closed']);
  });

  it('has the provider that a number was given out by', () => {
    const all = createMobileMoney(configOf(mtn, mpesa));
    expect(all.forPhone('+256772123456')?.name).toBe('mtn');
    expect(all.forPhone('+254712345678')?.name).toBe('mpesa');
    expect(all.forPhone('+256701123456')).toBeNull();
    expect(all.forPhone('+256711123456')).toBeNull();
  });

  it('says what each gives back, as it is configured', () => {
    const refunds = (...parts: Record<string, string>[]) =>
      createMobileMoney(configOf(...parts))
        .all()
        .map(({ name, refunds: gives }) => `${name} ${gives}`);
    expect(refunds(mtn, airtel, mpesa)).toEqual(['mtn none', 'airtel whole', 'mpesa whole']);
    const disbursement = {
      MTN_DISBURSEMENT_API_USER: 'u',
      MTN_DISBURSEMENT_API_KEY: 'k',
      MTN_DISBURSEMENT_SUBSCRIPTION_KEY: 's',
      AIRTEL_DISBURSEMENT_PIN: '4321',
      MPESA_B2C_SHORTCODE: '600000',
      MPESA_B2C_INITIATOR: 'i',
      MPESA_B2C_SECURITY_CREDENTIAL: 's',
    };
    expect(refunds(mtn, airtel, mpesa, disbursement)).toEqual(['mtn any', 'airtel any', 'mpesa any']);
  });

  it('is empty without a configuration', () => {
    const none = createMobileMoney(configOf());
    expect(none.all()).toEqual([]);
    expect(() => none.get('mtn')).toThrow('the provider mtn is not configured');
    expect(createIdentityCheck(configOf())).toBeNull();
  });

  const without = (part: Record<string, string>, ...names: string[]) =>
    Object.fromEntries(Object.entries(part).filter(([name]) => !names.includes(name)));

  it.each([
    ['MTN_API_KEY', without(mtn, 'MTN_API_KEY')],
    ['MTN_BASE_URL', without(mtn, 'MTN_BASE_URL')],
    ['MTN_DISBURSEMENT_API_KEY', { ...mtn, MTN_DISBURSEMENT_SUBSCRIPTION_KEY: 's', MTN_DISBURSEMENT_API_USER: 'u' }],
    ['AIRTEL_CLIENT_SECRET', without(airtel, 'AIRTEL_CLIENT_SECRET')],
    ['MPESA_INITIATOR', without(mpesa, 'MPESA_INITIATOR', 'MPESA_PASSKEY')],
    ['MPESA_B2C_INITIATOR', { ...mpesa, MPESA_B2C_SHORTCODE: '600000', MPESA_B2C_SECURITY_CREDENTIAL: 's' }],
    ['MPESA_PASSKEY', without(mpesa, 'MPESA_INITIATOR', 'MPESA_PASSKEY')],
  ])('names %s where it is missing', (name, part) => {
    const create = () => createMobileMoney(configOf(part));
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(`${name}: is needed together with`);
  });

  it('names what is missing of the others, too', () => {
    expect(() => createIdentityCheck(configOf({ SMILE_ID_API_KEY: 'x' }))).toThrow('SMILE_ID_PARTNER_ID: is needed');
    expect(() => createTextMessages(configOf({ AFRICASTALKING_USERNAME: 'x' }))).toThrow(
      'AFRICASTALKING_API_KEY: is needed',
    );
    expect(() => createTextMessages(configOf())).toThrow(ConfigurationError);
  });
});
