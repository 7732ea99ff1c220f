import type postgres from 'postgres';
import { z } from 'zod';
import { loadCredentials } from '#db/queries/tracking';
import { isTrackerId } from '#domain/telematics/tracker';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import { Control, type BrokerCommand, type Response } from './control.ts';

/** Keeps Mosquitto's accounts as the platform's trackers are. */
export interface Accounts {
  /** A tracker has come, got another password, or gone. */
  changed(trackerId: string): void;
  /** Changes may have been missed: everything is compared. */
  compare(): void;
  stop(): Promise<void>;
}

interface AccountsDependencies {
  readonly url: string;
  readonly sql: postgres.Sql;
  readonly log: Logger;
  readonly encryption: Encryption;
  readonly bridge: { readonly username: string; readonly password: string | undefined };
}

/** Milliseconds after which what failed is tried again. */
const AGAIN = 5_000;
/** Accounts in one request, which has to stay below `max_packet_size`, and in one page of a listing. */
const AT_ONCE = 50;
const PAGE = 500;

interface Wanted {
  readonly username: string;
  readonly password: string;
  /** Whose it is, kept with the account as its `textname`. */
  readonly owner: 'tracker' | 'bridge';
  /** Kept with the account as its `textdescription`, to see whether it has this password. */
  readonly stamp: string;
}

/**
 * The plugin's part of who may read and write what: nothing by default, else it would allow everybody to
 * read what deploy/mosquitto/acl does not; and the role that an operator gives to people.
 */
const rules: readonly BrokerCommand[] = [
  {
    command: 'setDefaultACLAccess',
    acls: [
      { acltype: 'publishClientSend', allow: false },
      { acltype: 'publishClientReceive', allow: false },
      { acltype: 'subscribe', allow: false },
      { acltype: 'unsubscribe', allow: true },
    ],
  },
  {
    command: 'createRole',
    rolename: 'staff',
    acls: ['events/#', 'trackers/#'].map((topic) => ({ acltype: 'publishClientReceive', topic, allow: true })),
  },
];

const account = z.object({
  username: z.string(),
  textname: z.string().default(''),
  textdescription: z.string().default(''),
});
type Account = z.infer<typeof account>;

/**
 * Drives Mosquitto's dynamic-security plugin: an account for each tracker in use and for the bridge. Accounts
 * of others, such as staff, are left alone. What cannot be done now is done later. What an account may read
 * and write is in deploy/mosquitto/acl, by its name.
 */
export function keepAccounts(deps: AccountsDependencies): Accounts {
  return new Keeper(deps);
}

class Keeper implements Accounts {
  readonly #deps: AccountsDependencies;
  readonly #control: Control;
  #everything = false;
  readonly #changed = new Set<string>();
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(deps: AccountsDependencies) {
    this.#deps = deps;
    this.#control = new Control(
      deps.url,
      () => this.compare(),
      (error) => deps.log.warn({ err: error }, 'the accounts of the broker are out of reach'),
    );
  }

  changed(trackerId: string): void {
    if (isTrackerId(trackerId)) this.#changed.add(trackerId);
    this.#start();
  }

  compare(): void {
    this.#everything = true;
    this.#start();
  }

  #start(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#running ??= this.#run().finally(() => (this.#running = null));
  }

  async #run(): Promise<void> {
    while (!this.#stopped && (this.#everything || this.#changed.size > 0)) {
      const everything = this.#everything;
      const ids = [...this.#changed];
      this.#everything = false;
      this.#changed.clear();
      try {
        if (everything) await this.#compareAll();
        else await this.#compareSome(ids);
      } catch (error) {
        if (this.#stopped) return;
        this.#deps.log.warn({ err: error }, 'the accounts of the broker are not up to date yet');
        this.#everything = true;
        this.#timer = setTimeout(() => this.#start(), AGAIN);
        return;
      }
    }
  }

  async #compareAll(): Promise<void> {
    await this.#done(rules, /already exists/i);
    const existing = new Map<string, Account>();
    for (let offset = 0; ; offset += PAGE) {
      const [answer] = await this.#done([{ command: 'listClients', verbose: true, count: PAGE, offset }]);
      const { clients } = z.object({ clients: z.array(account) }).parse(answer?.data);
      for (const client of clients) existing.set(client.username, client);
      if (clients.length < PAGE) break;
    }
    const wanted = this.#wanted(await loadCredentials(this.#deps.sql, null));
    const surplus = [...existing.values()].filter((client) => isOurs(client) && !wanted.has(client.username));
    await this.#settle(existing, wanted, surplus);
  }

  async #compareSome(ids: readonly string[]): Promise<void> {
    const asked = [...ids, this.#deps.bridge.username].map((username) => ({ command: 'getClient', username }));
    const existing = new Map<string, Account>();
    for (const answer of await this.#done(asked, /not found/i)) {
      if (answer.error !== undefined) continue;
      const { client } = z.object({ client: account }).parse(answer.data);
      existing.set(client.username, client);
    }
    const wanted = this.#wanted(await loadCredentials(this.#deps.sql, ids));
    const surplus = [...existing.values()].filter(({ username }) => ids.includes(username) && !wanted.has(username));
    await this.#settle(existing, wanted, surplus);
  }

  /** The bridge's account is among them always. */
  #wanted(trackers: readonly { readonly id: string; readonly passwordEncrypted: string }[]): Map<string, Wanted> {
    const { encryption, bridge } = this.#deps;
    const stamp = (password: string) => encryption.hash('mqtt-password', password).slice(0, 32);
    const wanted = trackers.map(({ id, passwordEncrypted }): Wanted => {
      const password = encryption.decrypt(passwordEncrypted);
      return { username: id, password, owner: 'tracker', stamp: stamp(password) };
    });
    const { username, password } = bridge;
    if (password !== undefined) wanted.push({ username, password, owner: 'bridge', stamp: stamp(password) });
    return new Map(wanted.map((one) => [one.username, one]));
  }

  async #settle(
    existing: ReadonlyMap<string, Account>,
    wanted: ReadonlyMap<string, Wanted>,
    surplus: readonly Account[],
  ): Promise<void> {
    const changes: BrokerCommand[] = [
      // The end of an account first: it is what somebody may be waiting for.
      ...surplus.map(({ username }) => ({ command: 'deleteClient', username })),
      ...[...wanted.values()]
        .filter(({ username, stamp }) => existing.get(username)?.textdescription !== stamp)
        // The connections of an account end with its password.
        .map(({ username, password, owner, stamp }) => ({
          command: existing.has(username) ? 'modifyClient' : 'createClient',
          username,
          password,
          textname: owner,
          textdescription: stamp,
        })),
    ];
    for (let at = 0; at < changes.length; at += AT_ONCE)
      await this.#done(changes.slice(at, at + AT_ONCE), /not found/i);
    if (changes.length > 0) this.#deps.log.info({ accounts: changes.length }, 'accounts of the broker are changed');
  }

  /** @throws Error naming the first command that failed with another error than those that do not matter. */
  async #done(commands: readonly BrokerCommand[], harmless?: RegExp): Promise<Response[]> {
    if (commands.length === 0) return [];
    const answers = await this.#control.run(commands);
    const failed = answers.find(({ error }) => error !== undefined && harmless?.test(error) !== true);
    if (failed !== undefined) throw new Error(`${failed.command}: ${failed.error}`);
    return answers;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#control.stop();
    await this.#running;
  }
}

/** An account that this platform has made. */
function isOurs({ username, textname }: Account): boolean {
  return isTrackerId(username) || textname === 'bridge';
}
