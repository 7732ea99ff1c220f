import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTemporalPrograms, deployedPrograms } from '#dev/temporal-programs';
import { CACHE, debianMirror, install, run, works, type Docker } from './docker.ts';

const IMAGES = join(import.meta.dirname, 'images');
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** What of deploy/test/images/Dockerfile stands in for an image; one that is not here has none. */
const targets: Readonly<Record<string, string>> = {
  node: 'node',
  postgres: 'postgres',
  redis: 'redis',
  'eclipse-mosquitto': 'mosquitto',
  'temporalio/server': 'temporal-server',
  'temporalio/admin-tools': 'temporal-admin-tools',
  'temporalio/ui': 'temporal-ui',
  'prom/prometheus': 'prometheus',
  'prom/alertmanager': 'alertmanager',
};
/**
 * Makes a stand-in under the name of each image that is not there: minutes the first time, nothing afterwards.
 *
 * @returns the images that have none
 */
export async function makeStandIns(
  { env }: Docker,
  images: readonly string[],
  log: (line: string) => void,
): Promise<string[]> {
  const recipe = createHash('sha256');
  for (const name of readdirSync(IMAGES)) recipe.update(readFileSync(join(IMAGES, name)));
  const mark = recipe.digest('hex').slice(0, 12);
  const context = join(CACHE, 'images');
  const isMade = async (image: string) =>
    (await works('docker', ['image', 'inspect', image], { env })) &&
    (await run('docker', ['image', 'inspect', '--format', '{{.Config.Labels.recipe}}', image], { env })).trim() ===
      mark;
  for (const image of images) {
    const target = targets[image.split(':')[0] ?? ''];
    if (target === undefined || (await isMade(image))) continue;
    if (!existsSync(join(context, mark))) await fill(context, env, log);
    writeFileSync(join(context, mark), '');
    log(`making a stand-in for ${image}`);
    await run('docker', ['build', '--target', target, '--label', `recipe=${mark}`, '--tag', image, context], { env });
  }
  return images.filter((image) => targets[image.split(':')[0] ?? ''] === undefined);
}

/** Puts beside the recipe what Debian does not have, and makes the base that all begin with. */
async function fill(context: string, env: Docker['env'], log: (line: string) => void): Promise<void> {
  rmSync(context, { recursive: true, force: true });
  cpSync(IMAGES, context, { recursive: true });
  if (!(await works('docker', ['image', 'inspect', 'debian:trixie-slim'], { env }))) {
    log('making the base by debootstrap');
    await install('debootstrap', ['debootstrap']);
    const system = join(CACHE, 'trixie');
    rmSync(system, { recursive: true, force: true });
    const args = ['--variant=minbase', '--include=ca-certificates', 'trixie', system, await debianMirror()];
    await run('debootstrap', args);
    const left = ['./dev', './var/cache/apt', './var/lib/apt/lists', './usr/share/doc'].map(
      (path) => `--exclude=${path}`,
    );
    await run('sh', ['-c', `tar -C '${system}' ${left.join(' ')} -c . | docker import - debian:trixie-slim`], { env });
    rmSync(system, { recursive: true, force: true });
  }
  log('fetching node, and building the Temporal server, its schema tool and its UI with Go');
  cpSync(CERTIFICATES, join(context, 'certificates.crt'));
  const registry = (await run('npm', ['config', 'get', 'registry'])).trim();
  writeFileSync(join(context, 'npmrc'), `registry=${registry}\ncafile=${CERTIFICATES}\n`);
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
  const packages = [`node-linux-${arch}@24`, 'npm@11'];
  await run('npm', [
    'install',
    '--prefix',
    join(context, 'node'),
    '--ignore-scripts',
    '--no-package-lock',
    ...packages,
  ]);
  await buildPrograms(context);
}

async function buildPrograms(context: string): Promise<void> {
  const ui = 'github.com/temporalio/ui-server/v2';
  const places = await buildTemporalPrograms({
    programs: { ...deployedPrograms, 'ui-server': `${ui}/cmd/server` },
    into: join(context, 'bin'),
    sources: join(CACHE, 'sources'),
    also: [ui],
  });
  const copies = {
    'temporal/docker/scripts': [places.get('go.temporal.io/server'), 'docker/scripts'],
    'temporal/schema/postgresql': [places.get('go.temporal.io/server'), 'schema/postgresql'],
    'ui/docker': [places.get(ui), 'docker'],
    'ui/config': [places.get(ui), 'config'],
  } as const;
  for (const [to, [module = '', path]] of Object.entries(copies)) {
    mkdirSync(join(context, to), { recursive: true });
    cpSync(join(module, path), join(context, to), { recursive: true });
  }
  await run('chmod', ['-R', 'u+w', context]);
}
