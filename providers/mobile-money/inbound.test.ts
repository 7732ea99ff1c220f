import { describe, expect, it } from 'vitest';
import { localDate } from '#domain/calendar';
import { money } from '#domain/money';
import { payBillAnswer, readMpesaNotice } from './mpesa-inbound.ts';
import { readStatement } from './statement.ts';
import { testAirtel, testMtn } from './test-adapters.ts';

const c2b = {
  TransactionType: 'Pay Bill',
  TransID: 'RKTQDM7W6S',
  TransTime: '20261123023005',
  TransAmount: '1250.50',
  BusinessShortCode: '600638',
  BillRefNumber: 'LEASE7',
  InvoiceNumber: '',
  OrgAccountBalance: '',
  ThirdPartyTransID: '',
  MSISDN: '2547 ***** 126',
  FirstName: 'NICHOLAS',
};
const read = (changes: object) => readMpesaNotice(JSON.stringify({ ...c2b, ...changes }));

describe("Daraja's C2B", () => {
  it('is read, by the clock of Nairobi', () => {
    expect(read({})).toEqual({
      provider: 'mpesa',
      receipt: 'RKTQDM7W6S',
      account: 'LEASE7',
      amount: money(1_250_50, 'KES'),
      paidAt: new Date('2026-11-22T23:30:05Z'),
      payerMasked: '+2547*****126',
      authentic: true,
    });
  });

  it.each([
    ['a number in full', '254712000555', { payer: '+254712000555' }],
    ['a hash, which tells nothing', '9da1f07a2c8e3b', {}],
    ['no number', undefined, {}],
  ])('may have %s', (_, MSISDN, expected) => {
    const { payer, payerMasked } = read({ MSISDN });
    expect({ ...(payer && { payer }), ...(payerMasked && { payerMasked }) }).toEqual(expected);
  });

  it('may have a number for an account, with spaces around it', () => {
    expect(read({ BillRefNumber: ' lease 7 ', TransTime: 20261123023005 }).account).toBe('lease 7');
    expect(read({ BillRefNumber: 254712 }).account).toBe('254712');
  });

  it.each([
    ['no receipt', { TransID: '' }],
    ['an amount that is none', { TransAmount: 'ten' }],
    ['no money', { TransAmount: '0.00' }],
    ['an hour that no day has', { TransTime: '20261123993005' }],
  ])('with %s is none', (_, changes) => {
    expect(() => read(changes)).toThrow(SyntaxError);
  });

  it("is answered in Safaricom's codes", () => {
    expect(payBillAnswer('accepted').ResultCode).toBe('0');
    expect(payBillAnswer('account').ResultCode).toBe('C2B00012');
    expect(payBillAnswer('other').ResultCode).toBe('C2B00016');
  });
});

it('a status of a charge is no announcement', () => {
  const status = {
    status: 'SUCCESSFUL',
    financialTransactionId: '1',
    externalId: 'x',
    amount: '5',
    currency: 'UGX',
    payer: { partyId: '256772000555' },
  };
  expect(() => testMtn('http://localhost').parseInbound(JSON.stringify(status))).toThrow(SyntaxError);
});

describe('who paid, with the zero of calls inside the country', () => {
  const paid = { amount: '5000', currency: 'UGX', paidAt: '2026-11-23T10:00:00Z' };
  const mtn = { type: 'PAYBILL', status: 'SUCCESSFUL', financialTransactionId: '1', externalId: 'X', ...paid };
  const airtel = {
    type: 'PAYBILL',
    status_code: 'TS',
    airtel_money_id: '1',
    reference: 'X',
    amount: 5_000,
    currency: 'UGX',
    paid_at: paid.paidAt,
  };
  const ofMtn = (partyId: string) =>
    testMtn('').parseInbound(JSON.stringify({ ...mtn, payer: { partyIdType: 'MSISDN', partyId } }));
  const ofAirtel = (msisdn: string) =>
    testAirtel('').parseInbound(JSON.stringify({ transaction: { ...airtel, msisdn } }));

  it.each([
    ['MTN', () => ofMtn('2560772458119'), '+256772458119'],
    ['Airtel, with the country', () => ofAirtel('2560752458119'), '+256752458119'],
    ['Airtel, without', () => ofAirtel('0752458119'), '+256752458119'],
    ['M-Pesa', () => read({ MSISDN: '2540712000555' }), '+254712000555'],
  ] as const)('is one number, at %s', (_, inbound, payer) => expect(inbound()).toMatchObject({ payer }));

  it('is one number on a statement', () => {
    const date = localDate('2026-11-23');
    const line = {
      type: 'payBill',
      receipt: '1',
      account: 'X',
      payer: '+2560772458119',
      amount: '5000',
      currency: 'UGX',
    };
    const body = { date, data: [{ ...line, at: paid.paidAt }] };
    const { lines } = readStatement('mtn', { status: 200, body }, { date, market: 'UG' });
    expect(lines[0]?.payer).toBe('+256772458119');
  });
});
