import { createHash, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/client';
import {
  lastIssuedStatement,
  readLeaseStatement,
  type IssuedStatement,
  type StatementPaper,
} from '#db/queries/statements';
import { statements } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isStaff, type Actor } from '#domain/identity/roles';
import { totalsOf } from '#domain/leases/statement';
import { STATEMENT_CODE_LETTERS, groupedCode, statementCode } from '#domain/leases/statement-code';
import type { Config } from '#platform/config';
import type { TokenIssuer } from '#platform/tokens';
import { record, transact } from '../context.ts';
import { renderCsv } from './render-csv.ts';
import { sealStatement } from './seal-statement.ts';

interface StatementDependencies {
  readonly config: Pick<Config, 'PUBLIC_URL'>;
  readonly db: Database;
  readonly tokens: TokenIssuer;
}

interface StatementFile {
  readonly code: string;
  readonly sha256: string;
  readonly reference: string;
  readonly bytes: Buffer;
}

type Format = IssuedStatement['format'];
type Issue = Pick<IssuedStatement, 'code' | 'issuedAt'>;

/**
 * Gives a statement out as a file and keeps what verifies it later: a code that nobody guesses, the file's
 * SHA-256 and a signature over the facts. As long as nothing has changed on the lease's own day, the file that
 * was given out before is given out again. Pages are drawn outside the transaction: it holds nothing up.
 *
 * @throws Problem not_found
 */
export async function issueStatement(
  deps: StatementDependencies,
  actor: Actor,
  { leaseId, format }: { readonly leaseId: string; readonly format: Format },
): Promise<StatementFile> {
  const paper = await readLeaseStatement(deps.db, leaseId, isStaff(actor.role) ? undefined : actor.id);
  if (paper === undefined) throw new Problem('not_found');
  const before = await givenOutBefore(deps, paper, format);
  if (before !== null) return before;

  const issue = { code: statementCode(randomBytes(STATEMENT_CODE_LETTERS)), issuedAt: new Date() };
  const file = await fileOf(deps, paper, format, issue);
  const signature = await sealOf(deps, paper, format, { ...issue, sha256: file.sha256 });
  await transact(deps.db, actor, issue.issuedAt, async (context) => {
    const id = uuidv7();
    const { sha256 } = file;
    await context.tx.insert(statements).values({ id, leaseId, format, signature, sha256, ...issue });
    // Not on the lease's timeline: nothing happened to it. The code is a secret of who holds the paper.
    await record(context, { type: 'statement.issued', subject: id, detail: { leaseId, format, sha256 } });
  });
  return file;
}

async function givenOutBefore(
  deps: StatementDependencies,
  paper: StatementPaper,
  format: Format,
): Promise<StatementFile | null> {
  const last = await lastIssuedStatement(deps.db, paper.leaseId, format);
  if (last === undefined) return null;
  const file = await fileOf(deps, paper, format, last);
  return file.sha256 === last.sha256 ? file : null;
}

/** Loaded with the first that is asked for: what draws them takes an eighth of the API's whole start. */
const pdf = () => import('./render-pdf.ts');

async function fileOf(
  { config }: StatementDependencies,
  paper: StatementPaper,
  format: Format,
  { code, issuedAt }: Issue,
): Promise<StatementFile> {
  const verifyUrl = new URL(`/verify/${code}`, config.PUBLIC_URL).href;
  const issue = { code: groupedCode(code), verifyUrl, issuedAt };
  const bytes = format === 'csv' ? renderCsv(paper, issue.code) : await (await pdf()).renderPdf(paper, issue);
  return { code, bytes, reference: paper.reference, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function sealOf(
  { tokens }: StatementDependencies,
  paper: StatementPaper,
  format: Format,
  { code, issuedAt, sha256 }: Issue & Pick<IssuedStatement, 'sha256'>,
): Promise<string> {
  const { reference, asOf } = paper;
  return sealStatement(tokens, {
    code,
    reference,
    format,
    issuedAt: issuedAt.toISOString(),
    asOf,
    totals: totalsOf(paper),
    sha256,
  });
}
