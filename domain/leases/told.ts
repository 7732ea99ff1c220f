import type { Role } from '../identity/roles.ts';
import type { Asks } from './asks.ts';
import type { LeaseStatus } from './status.ts';

/** What the rows of the table of commands say, and which of them are of what kind. */

/** What a person says with it, at a route of its own below that of the lease. */
interface Asking {
  readonly path: string;
  readonly says: string;
  readonly asks: Asks;
  /** What it would do is shown beside it, at its path with `-preview`. */
  readonly isPreviewed?: true;
}
interface Rule {
  readonly by: readonly Role[];
  readonly in: readonly LeaseStatus[];
  readonly does?: string;
}
export type Row = Rule & (Asking | { readonly beside?: string });

type NamesOf<Table, Kind> = { [Name in keyof Table]: Table[Name] extends Kind ? Name : never }[keyof Table];

/** Those whose route and order are made from the table. */
export type AskedIn<Table> = NamesOf<Table, Asking>;
/** Those of which people see beforehand what they would do. */
export type PreviewedIn<Table> = NamesOf<Table, Asking & { readonly isPreviewed: true }>;
/** Those that one activity of the lease carries out. */
export type PlainIn<Table> = NamesOf<Table, { readonly does: string }>;
