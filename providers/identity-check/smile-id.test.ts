import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulators, type RunningSimulators } from '#dev/simulators/app';
import { outcomeOf, patient, recorded, startTestServer, type TestServer } from '../test-server.ts';
import type { IdentityCheckRequest } from './provider.ts';
import { createSmileId } from './smile-id.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const smileId = (baseUrl: string) => createSmileId({ baseUrl, partnerId: '2024', apiKey: 'the-key', limits: patient });
const jpeg = { bytes: Uint8Array.from([0xff, 0xd8, 0xff, 0xe0]), mediaType: 'image/jpeg' };
const request = (documentNumber: string): IdentityCheckRequest => ({
  submissionId: 'submission-1',
  userId: 'user-1',
  country: 'UG',
  documentType: 'nationalId',
  documentNumber,
  selfie: jpeg,
  document: jpeg,
  consent: { grantedAt: new Date('2026-11-23T10:00:00Z'), noticeUrl: 'https://example.com/v1/kyc/notice' },
  callbackUrl: `${server.url}/webhook`,
});

describe('recorded answers', () => {
  const of = recorded(new URL('fixtures/smile-id.json', import.meta.url));
  const answering = (reply: { status: number; body?: unknown; text?: string | undefined }) => {
    server.reply = ({ path }) => (path === '/v3/token' ? { status: 200, body: { token: 'the-token' } } : reply);
  };

  it.each(of('submit'))('submit: $name → $outcome', async ({ answer, outcome }) => {
    answering(answer);
    const said = await outcomeOf(smileId(server.url).submit(request('CM12345678901A')));
    expect(typeof said === 'string' ? said.split(' ')[0] : 'accepted').toBe(outcome);
  });

  it.each(of('verdicts'))('status and webhook: $name', async ({ answer, outcome }) => {
    answering(answer);
    const { state, reason } = await smileId(server.url).status('job-1');
    expect(`${state} ${reason === null ? 'None' : reason}`).toBe(outcome);
    const webhook = smileId(server.url).parseCallback(JSON.stringify(answer.body));
    expect(webhook).toEqual({ jobId: 'job-1', verdict: { state, reason } });
  });

  it('a job that is not known is no verdict', async () => {
    answering({ status: 404, body: { status: 'error', reason: 'job_not_found', message: '…' } });
    await expect(smileId(server.url).status('job-1')).rejects.toMatchObject({ kind: 'unknown' });
  });

  it.each(['', 'nonsense', 'null', '[]', '{}', '{"status":"clear"}', '{"status":"fine","job_id":"1"}'])(
    '%j is no webhook',
    (body) => {
      expect(() => smileId(server.url).parseCallback(body)).toThrow(SyntaxError);
    },
  );

  it('sends the form with its consent', async () => {
    answering({ status: 202, body: { job_id: 'job-1' } });
    server.asked.length = 0;
    await smileId(server.url).submit(request('CM12345678901A'));
    const [token, sent] = server.asked;
    expect(token?.headers).toMatchObject({ 'smileid-partner-id': '2024', 'smileid-api-key': 'the-key' });
    expect(sent?.headers).toMatchObject({ 'smileid-partner-id': '2024', 'smileid-token': 'the-token' });
    expect(sent?.headers['content-type']).toMatch(/^multipart\/form-data/);
    const fields = [...(sent?.body ?? '').matchAll(/ name="([^"]+)"/g)].map(([, name]) => name);
    const consent = ['granted', 'granted_at', 'notice_language', 'notice_privacy_policy_url'];
    const files = ['selfie_image', 'document_image'];
    expect(fields).toEqual([
      'user_id',
      'country',
      'id_type',
      'id_number',
      'callback_url',
      ...files,
      ...consent.map((name) => `consent[${name}]`),
    ]);
  });
});

describe('the simulator', () => {
  let simulators: RunningSimulators;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'smile-id-'));
    simulators = await startSimulators({ port: 0, dataDir, seed: 'test', timeScale: 0.1 });
  });
  afterAll(async () => {
    await simulators.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it.each([
    ['A', { state: 'clear', reason: null }],
    ['100', { state: 'block', reason: 'identifier_not_found' }],
    ['300', { state: 'block', reason: 'document_check_failed' }],
    ['400', { state: 'pending', reason: null }],
  ])('answers a document that ends in %s', async (ending, verdict) => {
    server.reply = () => ({ status: 200 });
    server.asked.length = 0;
    const provider = smileId(`${simulators.url}/smileid`);
    const { jobId } = await provider.submit(request(`CM12345678${ending}`));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await provider.status(jobId)).toEqual(verdict);
    const webhooks = server.asked.map(({ body }) => provider.parseCallback(body));
    expect(webhooks).toEqual(ending === '400' ? [] : [{ jobId, verdict }]);
  });

  it('fails twice on a document that ends in 200', async () => {
    const provider = smileId(`${simulators.url}/smileid`);
    expect(await outcomeOf(provider.submit(request('CM12345678200')))).toBe('not_taken');
    expect(await outcomeOf(provider.submit(request('CM12345678200')))).toBe('not_taken');
    await expect(provider.submit(request('CM12345678200'))).resolves.toHaveProperty('jobId');
  });
});
