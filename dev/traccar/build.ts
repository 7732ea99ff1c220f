import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The last release that Java 17 builds. */
const RELEASE = { tag: 'v6.13.3', commit: '3d64725acf33aced222eaea39d37c248d5fb46d5' } as const;
const SOURCE = 'https://github.com/traccar/traccar.git';
/** What the Gradle file has the resolver find out: as Jersey of this release asks for them. */
const resolved = { jacksonVersion: '2.20.0', hk2Version: '4.0.0-M3' };

/** A Traccar server as it was built: compiled classes, the jars that they need, and the directory of its schema. */
interface BuiltTraccar {
  readonly classpath: string;
  readonly root: string;
}

/**
 * A real Traccar server, built of its released source the first time, in some five minutes, and kept in the cache of
 * this account. It needs git, a JDK from 17 on and Maven (Debian: apt-get install git openjdk-17-jdk-headless maven), and
 * reaches Maven Central. `TRACCAR_SOURCE` is another repository to clone than GitHub's.
 *
 * @throws Error where one of them is missing, or the release is not the one that is known.
 */
export function builtTraccar(): BuiltTraccar {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rent-to-own');
  const root = join(cache, `traccar-${RELEASE.tag}`);
  if (!existsSync(root)) {
    mkdirSync(cache, { recursive: true });
    const room = mkdtempSync(join(cache, 'building-'));
    build(room);
    renameSync(room, root);
  }
  return { root, classpath: [join(root, 'target/classes'), join(root, 'target/lib/*')].join(':') };
}

function build(room: string): void {
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: room, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  process.stderr.write(`Traccar ${RELEASE.tag} is built in ${room}\n`);
  run('git', 'clone', '-q', '-c', 'advice.detachedHead=false', '--depth=1', `--branch=${RELEASE.tag}`, source(), '.');
  const commit = run('git', 'rev-parse', 'HEAD').trim();
  if (commit !== RELEASE.commit) throw new Error(`${RELEASE.tag} of ${source()} is ${commit}`);
  writeFileSync(join(room, 'pom.xml'), projectOf(readFileSync(join(room, 'build.gradle'), 'utf8')));
  run('mvn', '-q', '-B', 'compile', 'dependency:copy-dependencies', '-DoutputDirectory=target/lib');
}

const source = () => process.env['TRACCAR_SOURCE'] ?? SOURCE;

/** Maven's project of what the Gradle file says of versions and dependencies; sockets to a MySQL are left out. */
function projectOf(gradle: string): string {
  const versions = [...gradle.matchAll(/^ +(\w+Version) = "([^"]+)"/gm)].map(([, name, version]) => [name, version]);
  const dependencies = [...gradle.matchAll(/^ +implementation "([^:]+):([^:]+):([^"]+)"/gm)]
    .filter(([, group]) => group !== 'com.kohlschutter.junixsocket')
    .map(([, group, artifact, version = '']) => [group, artifact, version.replace(/^\$(\w+)$/, '${$1}')]);
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.traccar</groupId><artifactId>traccar</artifactId><version>${RELEASE.tag}</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
    ${[...versions, ...Object.entries(resolved)].map(([name, version]) => `<${name}>${version}</${name}>`).join('\n    ')}
  </properties>
  <dependencies>
    ${dependencies.map(([g, a, v]) => `<dependency><groupId>${g}</groupId><artifactId>${a}</artifactId><version>${v}</version></dependency>`).join('\n    ')}
  </dependencies>
  <build><plugins>
    <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.14.0</version></plugin>
    <plugin><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version></plugin>
    <plugin>
      <groupId>io.github.ascopes</groupId><artifactId>protobuf-maven-plugin</artifactId><version>3.10.2</version>
      <configuration>
        <protocVersion>\${protobufVersion}</protocVersion>
        <sourceDirectories><sourceDirectory>src/main/proto</sourceDirectory></sourceDirectories>
      </configuration>
      <executions><execution><goals><goal>generate</goal></goals></execution></executions>
    </plugin>
  </plugins></build>
</project>
`;
}
