import { existsSync, readFileSync } from 'node:fs';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import { variables } from '#platform/config';
import { secretVariable } from './secret-variables.ts';

/**
 * What can be known of Dockerfile and docker-compose.yml without a daemon: that they are well formed, that
 * what they name exists, that no secret is in an environment, and that every variable is explained and arrives.
 */
const compose = readFileSync('docker-compose.yml', 'utf8');
const dockerfile = readFileSync('Dockerfile', 'utf8');
const example = readFileSync('.env.example', 'utf8');

/** Settings whose defaults suit the containers, or that the image sets itself. */
const notPassed = new Set([
  'EMBEDDED',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_TLS_CA',
  'TEMPORAL_TLS_CERT',
  'TASK_QUEUE_PREFIX',
  'WORKFLOW_BUNDLE',
  'MQTT_PORT',
  'MQTT_HOST',
  'HOST',
  'PORT',
  'CODEC_PORT',
  'RATE_LIMIT_USER',
  'RATE_LIMIT_ADDRESS',
  'AGENT_FLOAT_LIMIT_UGX',
  'AGENT_FLOAT_LIMIT_KES',
  'AGENT_FLOAT_LIMIT_RWF',
  'COLLECT_POLL_SECONDS',
  'COLLECT_POLLS',
  'LEASE_RUN_EVENTS',
  'IDENTITY_CHECK_SECONDS',
]);

/** Bytes that Mosquitto takes for a queued message beside its payload, and for itself: measured with 2.0.11. */
const QUEUED = 360;
const BROKER = 150e6;

const problems = [...brokerQueue(), ...dockerfileProblems(), ...missingFiles(), ...unexplained(), ...notArriving()];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** A broker whose queue outgrows its container is killed, and again at each start that loads it. */
function brokerQueue(): string[] {
  const configuration = readFileSync('deploy/mosquitto/mosquitto.conf', 'utf8');
  const bound = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(configuration)?.[1] ?? Number.NaN);
  const service = compose.slice(compose.indexOf('\n  mosquitto:\n'), compose.indexOf('\n  redis:\n'));
  const [, amount, unit] = /memory: (\d+)([MG])/.exec(service) ?? [];
  const limit = Number(amount) * (unit === 'G' ? 2 ** 30 : 2 ** 20);
  const needed = bound('max_queued_messages') * QUEUED + bound('max_queued_bytes') + BROKER;
  return needed <= limit ? [] : [`mosquitto may queue ${needed} bytes and has ${limit}`];
}

function dockerfileProblems(): string[] {
  return validate(dockerfile)
    .filter(({ severity }) => severity === ValidationSeverity.ERROR || severity === ValidationSeverity.WARNING)
    .map(
      ({ message, range }) =>
        `Dockerfile:${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`,
    );
}

/** Compiled files have their sources in the same place; mounted files have to be here. */
function missingFiles(): string[] {
  const compiled = matches(compose + dockerfile, /\bdist\/([\w/-]+)\.js\b/g).filter(
    (path) => path !== 'workflow-bundle',
  );
  const mounted = matches(compose, /^\s+- (\.\/[^:\s]+):/gm);
  const wanted = [...compiled.map((path) => `${path}.ts`), ...mounted];
  return wanted.filter((path) => !existsSync(path)).map((path) => `${path} is named but not there`);
}

function unexplained(): string[] {
  const used = new Set(matches(compose, /\$\{(\w+)/g));
  const listed = new Set(matches(example, /^(\w+)=/gm));
  return [
    ...[...used].filter((name) => !listed.has(name)).map((name) => `.env.example does not list ${name}`),
    ...[...listed].filter((name) => !used.has(name)).map((name) => `.env.example lists ${name}, which nothing uses`),
  ];
}

function notArriving(): string[] {
  const block = compose.slice(compose.indexOf('x-environment:'), compose.indexOf('x-platform:'));
  const passed = new Set(matches(block, /^ {2}(\w+):/gm));
  const known = Object.keys(variables.shape);
  return [
    ...known
      .filter((name) => !passed.has(name) && !notPassed.has(name) && !secretVariable.test(name))
      .map((name) => `x-environment lacks ${name}`),
    ...[...passed]
      .filter((name) => !known.includes(name))
      .map((name) => `x-environment passes ${name}, which is no setting`),
    ...[...passed]
      .filter((name) => secretVariable.test(name))
      .map((name) => `x-environment passes ${name}, which is a secret`),
  ];
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? '');
}
