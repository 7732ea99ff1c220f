import { formatMoney, money } from '#domain/money';
import type { LeaseState } from './state.ts';

/** What the Temporal UI says of a lease: markdown without personal data. */
export function detailsOf({ reference, standing, terms, unknown, failures }: LeaseState) {
  const sum = (amount: number) => formatMoney(money(amount, terms.currency));
  const facts = [`- **outstanding** ${sum(standing.outstanding)}`];
  if (standing.depositDue > 0) facts.push(`- **deposit due** ${sum(standing.depositDue)}`);
  if (standing.nextDue !== null)
    facts.push(
      `- **next due** ${sum(standing.nextDue.amount)} on ${standing.nextDue.on}, instalment ${standing.nextDue.number}`,
    );
  if (standing.credit > 0) facts.push(`- **credit** ${sum(standing.credit)}`);
  if (failures > 0) facts.push(`- **tries in a row without success** ${failures}`);
  for (const { attemptId } of unknown)
    facts.push(`- **unknown outcome** payment \`${attemptId}\`: an operator may look at its case`);
  return { heading: `Lease ${reference}: \`${standing.status}\``, facts };
}
