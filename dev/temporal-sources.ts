import {
  copyFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What the embedded server is built without: archives in the clouds, and workers that a cloud starts. They bring the SDKs of
 * AWS, Google and Kubernetes, 725 of 1,779 packages. A package or a file is replaced by one of `_without/`, or left out.
 */
export const WITHOUT: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  'go.temporal.io/server': {
    'common/archiver/gcloud': 'gcloud.go',
    'common/archiver/s3store': 's3store.go',
    'common/persistence/visibility/store/elasticsearch/client/aws.go': 'aws.go',
  },
  'go.temporal.io/auto-scaled-workers': Object.fromEntries(
    ['aws', 'aws_agentcore', 'aws_ecs', 'aws_lambda', 'gcp', 'gcp_cloudrun', 'k8s'].map((file) => [
      `wci/workflow/compute_provider/${file}.go`,
      null,
    ]),
  ),
};

/**
 * Copies these modules' sources to where they may be changed, changes them, and writes a `go.mod` and `go.sum` that use them.
 *
 * @param modules where Go keeps each module
 * @returns the path for `-modfile`
 * @throws Error where a module has nothing of a name any more
 */
export function reducedSources(source: string, into: string, modules: ReadonlyMap<string, string>): string {
  rmSync(into, { recursive: true, force: true });
  const replaced: string[] = [];
  for (const [module, changes] of Object.entries(WITHOUT)) {
    const from = modules.get(module);
    if (from === undefined) throw new Error(`Go does not say where ${module} is`);
    const to = join(into, module);
    copyGo(from, to);
    for (const [path, replacement] of Object.entries(changes)) {
      const place = join(to, path);
      const isFile = statSync(place).isFile();
      rmSync(place, { recursive: true });
      if (replacement === null) continue;
      const target = isFile ? place : join(place, replacement);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(source, '_without', replacement), target);
    }
    replaced.push(`replace ${module} => ${to}`);
  }
  const modfile = join(into, 'go.mod');
  writeFileSync(modfile, `${readFileSync(join(source, 'go.mod'), 'utf8')}\n${replaced.join('\n')}\n`);
  copyFileSync(join(source, 'go.sum'), join(into, 'go.sum'));
  return modfile;
}

/** Go keeps its modules read-only. Tests are of no use here. */
function copyGo(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyGo(source, target);
    else if (entry.isFile() && !entry.name.endsWith('_test.go')) {
      copyFileSync(source, target);
      chmodSync(target, 0o644);
    }
  }
}
