import type postgres from 'postgres';
import { z } from 'zod';
import { loadCredentials } from '#db/queries/telematics';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import { isTrackerId } from '../registry.ts';
import { Control, type Command, type Response } from './control.ts';
import { commonRoles, nothingByDefault, trackerRole, trackerRules, versionOf } from './rules.ts';

/** Keeps Mosquitto's accounts as the platform's trackers are. */
export interface Accounts {
  /** A tracker has come, got another password, or gone. */
  changed(trackerId: string): void;
  /** Changes may have been missed: everything is compared. */
  compare(): void;
  stop(): Promise<void>;
}

export interface AccountsDependencies {
  readonly url: string;
  readonly sql: postgres.Sql;
  readonly log: Logger;
  readonly encryption: Encryption;
  readonly bridge: { readonly username: string; readonly password: string | undefined };
}

/** Milliseconds after which what failed is tried again. */
const AGAIN = 5_000;
/** Accounts in one request, which has to stay below `max_packet_size`, and in one page of a listing. */
const AT_ONCE = 15;
const PAGE = 500;

interface Wanted {
  readonly username: string;
  readonly password: string;
  readonly role: string;
  /** Of a role that is the account's own. */
  readonly rules: ReturnType<typeof trackerRules> | null;
  /** Kept with the account, to see whether it has this password and these rules. */
  readonly stamp: string;
}

const listed = z.object({
  clients: z.array(
    z.object({
      username: z.string(),
      textdescription: z.string().default(''),
      roles: z.array(z.object({ rolename: z.string() })).default([]),
    }),
  ),
});
type Account = z.infer<typeof listed>['clients'][number];

/**
 * Drives Mosquitto's dynamic-security plugin: roles for everybody, an account for each tracker in use and
 * for the bridge. Accounts of others, such as staff, are left alone. What cannot be done now is done later.
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
    await this.#makeRoles();
    const existing = new Map<string, Account>();
    for (let offset = 0; ; offset += PAGE) {
      const [answer] = await this.#done([{ command: 'listClients', verbose: true, count: PAGE, offset }]);
      const { clients } = listed.parse(answer?.data);
      for (const account of clients) existing.set(account.username, account);
      if (clients.length < PAGE) break;
    }
    const wanted = this.#wanted(await loadCredentials(this.#deps.sql, null));
    const surplus = [...existing.values()].filter((account) => isOurs(account) && !wanted.has(account.username));
    await this.#settle(existing, wanted, surplus);
  }

  async #compareSome(ids: readonly string[]): Promise<void> {
    const asked = ids.map((username) => ({ command: 'getClient', username }));
    const existing = new Map<string, Account>();
    for (const answer of await this.#done(asked, /not found/i)) {
      if (answer.error !== undefined) continue;
      const { client } = z.object({ client: listed.shape.clients.element }).parse(answer.data);
      existing.set(client.username, client);
    }
    const wanted = this.#wanted(await loadCredentials(this.#deps.sql, ids));
    const surplus = [...existing.values()].filter(({ username }) => ids.includes(username) && !wanted.has(username));
    await this.#settle(existing, wanted, surplus);
  }

  /** The bridge's account is among them always: it is known again by its stamp. */
  #wanted(trackers: readonly { readonly id: string; readonly passwordEncrypted: string }[]): Map<string, Wanted> {
    const { encryption, bridge } = this.#deps;
    const stamp = (password: string, rules: Wanted['rules']) =>
      `${encryption.hash('mqtt-password', password).slice(0, 32)} ${versionOf(rules ?? [])}`;
    const wanted = trackers.map(({ id, passwordEncrypted }): Wanted => {
      const [password, rules] = [encryption.decrypt(passwordEncrypted), trackerRules(id)];
      return { username: id, password, role: trackerRole(id), rules, stamp: stamp(password, rules) };
    });
    const { username, password } = bridge;
    if (password !== undefined)
      wanted.push({ username, password, role: 'bridge', rules: null, stamp: stamp(password, null) });
    return new Map(wanted.map((account) => [account.username, account]));
  }

  async #settle(
    existing: ReadonlyMap<string, Account>,
    wanted: ReadonlyMap<string, Wanted>,
    surplus: readonly Account[],
  ): Promise<void> {
    const known = (username: string) => existing.get(username);
    const changes = [
      // The end of an account first: it is what somebody may be waiting for.
      ...surplus.map(({ username }) => ending(username)),
      ...[...wanted.values()]
        .filter(({ username, stamp }) => known(username)?.textdescription !== stamp)
        .map((account) => (known(account.username) === undefined ? making(account) : changing(account))),
    ];
    for (let at = 0; at < changes.length; at += AT_ONCE)
      await this.#done(changes.slice(at, at + AT_ONCE).flat(), /already exists|not found/i);
    if (changes.length > 0) this.#deps.log.info({ accounts: changes.length }, 'accounts of the broker are changed');
  }

  /** Whoever has a role is disconnected when it changes, so that happens only when it has to. */
  async #makeRoles(): Promise<void> {
    const roles = Object.entries(commonRoles).map(([rolename, acls]) => ({
      rolename,
      acls,
      textdescription: versionOf(acls),
    }));
    const found = await this.#done(
      roles.map(({ rolename }) => ({ command: 'getRole', rolename })),
      /not found/i,
    );
    const described = z.object({ role: z.object({ textdescription: z.string().optional() }) });
    const commands = roles.flatMap((role, index): Command[] => {
      const answer = found[index];
      if (answer?.error !== undefined) return [{ command: 'createRole', ...role }];
      const has = described.parse(answer?.data).role.textdescription;
      return has === role.textdescription ? [] : [{ command: 'modifyRole', ...role }];
    });
    const username = decodeURIComponent(new URL(this.#deps.url).username);
    const [mine] = await this.#done([{ command: 'getClient', username }]);
    const { client } = z.object({ client: listed.shape.clients.element }).parse(mine?.data);
    if (!client.roles.some(({ rolename }) => rolename === 'platform'))
      commands.push({ command: 'addClientRole', username, rolename: 'platform', priority: 0 });
    if (commands.length === 0) return;
    commands.unshift({ command: 'setDefaultACLAccess', acls: nothingByDefault });
    await this.#done(commands);
  }

  /** @throws Error naming the first command that failed with another error than those that do not matter. */
  async #done(commands: readonly Command[], harmless?: RegExp): Promise<Response[]> {
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

/** An account that this platform has made: a tracker's, or the bridge's. */
function isOurs({ username, roles }: Account): boolean {
  const has = (role: string) => roles.some(({ rolename }) => rolename === role);
  return isTrackerId(username) ? has(trackerRole(username)) : has('bridge');
}

function making({ username, password, role, rules, stamp }: Wanted): Command[] {
  const account = { username, password, textdescription: stamp, roles: [{ rolename: role, priority: 0 }] };
  return [
    ...(rules === null ? [] : [{ command: 'createRole', rolename: role, acls: rules }]),
    { command: 'createClient', ...account },
  ];
}

/** The connections of the account end with it. */
function changing({ username, password, role, rules, stamp }: Wanted): Command[] {
  const account = { username, password, textdescription: stamp, roles: [{ rolename: role, priority: 0 }] };
  return [
    ...(rules === null ? [] : [{ command: 'modifyRole', rolename: role, acls: rules }]),
    { command: 'modifyClient', ...account },
  ];
}

function ending(username: string): Command[] {
  return [
    { command: 'deleteClient', username },
    ...(isTrackerId(username) ? [{ command: 'deleteRole', rolename: trackerRole(username) }] : []),
  ];
}
