import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { variables } from '#platform/config';
import { figures } from '#platform/metrics/catalogue';

/**
 * What can be known of the Helm chart and of the workflows of GitHub without their tools: that the chart says what the
 * code knows, runs every process that compose runs, and that what others wrote is pinned. deploy/kubernetes/validate.sh
 * asks Helm and the schemas of Kubernetes.
 */
const chart = 'deploy/kubernetes';
const templates = textOf(`${chart}/templates`);
const values = readFileSync(`${chart}/values.yaml`, 'utf8');
const compose = readFileSync('docker-compose.yml', 'utf8');

const problems = [
  ...unknownVariables(),
  ...missingProcesses(),
  ...unknownFigure(),
  ...looseImages(),
  ...brokenLinks(),
  ...looseActions(),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

function unknownVariables(): string[] {
  const set = [
    ...matches(templates, /- name: ([A-Z][A-Z_]+)/g),
    ...matches(templates, /"([A-Z]+_[A-Z_]+|PORT|WORKERS)"/g),
  ];
  return [...new Set(set)]
    .filter((name) => !(name in variables.shape))
    .map((name) => `${chart} sets ${name}, which is no setting`);
}

/** The simulators stand in for providers, and have no place in a cluster. */
function missingProcesses(): string[] {
  const run = new Set(matches(templates, /"command" "([\w/-]+)"/g));
  const wanted = matches(compose, /\bdist\/([\w/-]+)\.js\b/g).filter((path) => !path.startsWith('dev/'));
  return [
    ...wanted.filter((path) => !run.has(path)).map((path) => `${chart} does not run ${path}, which compose runs`),
    ...[...run].filter((path) => !existsSync(`${path}.ts`)).map((path) => `${chart} runs ${path}, which is not there`),
  ];
}

function unknownFigure(): string[] {
  return matches(values, /backlogMetric: (\w+)/g)
    .filter((name) => !(name in figures))
    .map((name) => `${chart} scales by ${name}, which is no figure`);
}

function looseImages(): string[] {
  return matches(templates, /\bimage: (.*)/g)
    .filter((image) => !image.startsWith('{{ include "rent-to-own.image"'))
    .map((image) => `${chart} runs an image that values do not name: ${image}`);
}

function brokenLinks(): string[] {
  return ['rules.yml', 'dashboards'].map((name) => `${chart}/files/${name}`).filter((path) => !existsSync(path));
}

/** An action by a tag is whatever its owner makes of the tag. */
function looseActions(): string[] {
  return matches(textOf('.github/workflows'), /\buses: (.*)/g)
    .filter((action) => !action.startsWith('./') && !/^[\w./-]+@[0-9a-f]{40} # v\d/.test(action))
    .map((action) => `.github/workflows uses ${action}: pin it by the id of a commit, with its version behind`);
}

function textOf(directory: string): string {
  return readdirSync(directory)
    .map((name) => readFileSync(`${directory}/${name}`, 'utf8'))
    .join('\n');
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? '');
}
