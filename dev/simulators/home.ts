import { behaviours } from './behaviours.ts';
import { phonePage } from './phone.ts';
import { routes } from './simulator.ts';
import type { Settings } from './settings.ts';

/** Method and path, and what it is for. */
type Listing = readonly (readonly [string, string])[];

const control: Listing = [
  ['GET /transactions?payer=', 'what a customer was really charged, pay-bill too'],
  ['GET /prompts?payer=', 'every charge request that reached a phone, with its callback URL'],
  ['POST /pay-bill', '{provider, payer, account, amount, currency}: the customer pays by himself'],
  [
    'GET, POST /inbound-urls',
    '{provider, url, validationUrl?}: where those payments are told; repeated until answered 2xx',
  ],
  [
    'GET, POST, DELETE /faults',
    '{latencyMs, errorRate, down, duplicateCallbacks, loseCallbacks, shuffleCallbacks, rateLimited, promptsPerSecond, tamperedSignatures, queueTimeOuts, providers}',
  ],
  ['POST /ussd', '{phone, text, sessionId?}: a phone dials, or types; answers {sessionId, type: CON|END, text}'],
  ['POST /sms/inbound', '{from, text}: somebody texts to the short code'],
  ['GET /sms?to=', 'text messages that were sent, newest first'],
  ['GET /mail?to=', 'mail that was sent'],
  ['GET /push?to=', 'push messages that were sent'],
];

const wire: readonly (readonly [string, Listing])[] = [
  [
    'MTN MoMo, base /mtn',
    [
      ['POST /mtn/collection/token/', 'Basic; also /mtn/disbursement/token/'],
      ['POST /mtn/collection/v1_0/requesttopay', 'charge'],
      ['GET /mtn/collection/v1_0/requesttopay/{id}', 'status'],
      ['GET /mtn/collection/v1_0/statement?date=', 'the daily file, by the date in Kampala'],
      ['POST /mtn/disbursement/v1_0/refund', 'refund; GET …/refund/{id} is its status'],
      ['POST /mtn/v1_0/apiuser', 'sandbox provisioning; POST …/{id}/apikey'],
    ],
  ],
  [
    'Airtel Money, base /airtel',
    [
      ['POST /airtel/auth/oauth2/token', 'three minutes'],
      ['POST /airtel/merchant/v1/payments/', 'charge; also v2. The callback goes to the header X-Callback-Url'],
      ['GET /airtel/standard/v1/payments/{id}', 'status'],
      ['GET /airtel/standard/v1/statement?date=', 'the daily file, by the date in Kampala'],
      ['POST /airtel/standard/v1/payments/refund', 'gives the whole of a charge back'],
      ['POST /airtel/standard/v2/disbursements/', 'pays a part out; GET …/{id} is its status'],
    ],
  ],
  [
    'M-Pesa (Daraja), base /mpesa',
    [
      ['GET /mpesa/oauth/v1/generate', 'Basic, grant_type=client_credentials'],
      ['POST /mpesa/mpesa/stkpush/v1/processrequest', 'charge; each request is a prompt of its own'],
      ['POST /mpesa/mpesa/stkpushquery/v1/query', 'status; an error while pending'],
      ['POST /mpesa/mpesa/c2b/v2/registerurl', 'where pay-bill payments are validated and confirmed'],
      [
        'POST /mpesa/mpesa/reversal/v1/request',
        'reversal, its result to ResultURL; GET …/request/{ConversationID} repeats it',
      ],
      ['POST /mpesa/mpesa/transactionstatus/v1/query', 'its result to ResultURL'],
      ['GET /mpesa/mpesa/statement/v1?date=', 'the daily file, by the date in Nairobi'],
    ],
  ],
  [
    'Smile ID v3, base /smileid',
    [
      ['POST /smileid/v3/token', '15 minutes'],
      ['POST /smileid/v3/biometric_kyc', 'multipart, at most 4.5 MB'],
      ['GET /smileid/v3/status/{jobId}', 'the result'],
    ],
  ],
  [
    'Messages',
    [
      ['POST /sms/version1/messaging', "Africa's Talking"],
      ['POST /infobip/sms/3/messages', 'Infobip; what it takes is listed at /sms, with `by`'],
      ['POST /mail', '{to, subject, text}; by SMTP at SIMULATOR_SMTP_PORT. bounce… is nobody’s, later… is away'],
      ['POST /push/subscriptions', '{to}: a browser subscribes; answers {endpoint, keys}'],
      ['POST /push/{token}', 'web push (RFC 8291, 8292); DELETE lets it go, then 410'],
    ],
  ],
];

const documents: Listing = [
  ['100', 'no match (block, identifier_not_found)'],
  ['200', 'the first two submissions answer 503 service_unavailable, then it matches'],
  ['300', 'forged (block, document_check_failed)'],
  ['400', 'never answers'],
  ['any other', 'matches (clear)'],
];

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const table = (head: readonly [string, string], rows: Listing) =>
  `<table><tr><th>${head[0]}</th><th>${head[1]}</th></tr>${rows
    .map(([left, right]) => `<tr><td><code>${escaped(left)}</code></td><td>${escaped(right)}</td></tr>`)
    .join('')}</table>`;

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h1{margin-bottom:.2rem}h2{margin-top:2rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #e3e7ee;vertical-align:top}
code,pre{font:14px/1.5 ui-monospace,monospace}pre{background:#f4f6fa;padding:1rem;overflow:auto}
@media(prefers-color-scheme:dark){body{color:#dde3ec;background:#14181f}td,th{border-color:#2b323d}pre{background:#1d232c}}`;

const exampleAt = (port: number) => `curl -s -X POST localhost:${port}/pay-bill -H 'content-type: application/json' \\
  -d '{"provider":"mtn","payer":"+256772000000","account":"ABC123","amount":5000,"currency":"UGX"}'
curl -s 'localhost:${port}/transactions?payer=%2B256772000000'`;

/** `GET /`: everything there is, for people. The secrets are named by their variables, not shown. */
export function homeRoutes(settings: Settings) {
  const digits = behaviours.map(({ digits: last, summary }) => [last ?? 'any other', summary] as const);
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Provider simulators</title><style>${style}</style>
<h1>Provider simulators</h1>
<p>Mobile money, identity checks and messages on the wire formats of the real providers. They lie on purpose,
and always in the same way for the same seed (<code>${escaped(settings.SIMULATOR_SEED)}</code>). What really happened is under
<a href="/transactions">/transactions</a>, <a href="/prompts">/prompts</a>, <a href="/sms">/sms</a>, <a href="/mail">/mail</a> and <a href="/push">/push</a>.</p>
<pre>${escaped(exampleAt(settings.SIMULATOR_PORT))}</pre>
${phonePage}
<h2>The last three digits of the payer choose how a charge goes</h2>${table(['digits', 'behaviour'], digits)}
<h2>The last three characters of a document number</h2>${table(['characters', 'result'], documents)}
<h2>For tests and people</h2>
<p>Amounts are minor units, phones E.164; <code>%2B…</code> and without the plus both match. Faults strike the wire formats below, never these.</p>
${table(['request', 'what'], control)}
${wire.map(([name, listing]) => `<h2>${escaped(name)}</h2>${table(['request', 'what'], listing)}`).join('\n')}
<h2>Secrets</h2>
<p>A secret that is not set is not checked: any will do. Set <code>MTN_API_USER</code>, <code>MPESA_PASSKEY</code> and so on
(all in <code>docs/simulator.md</code>) to have wrong ones refused.</p></html>`;
  const app = routes();
  app.get('/', (c) => c.html(page));
  return app;
}
