-- One way there and back for a posting: the transfer, the accounts that it opens, its entries.
-- The same key again changes nothing, and gives the id of the transfer that was there.
CREATE FUNCTION ledger.post_transfer(transfer jsonb, lines jsonb) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  posted uuid;
  unit char(3) := transfer ->> 'currency';
BEGIN
  INSERT INTO ledger.transfers (id, book, key, kind, lease_id, cause, actor, description, business_date, at, reverses)
    SELECT id, book, key, kind, "leaseId", cause, actor, description, "businessDate", at, reverses
    FROM jsonb_to_record(transfer) AS given (id uuid, book text, key text, kind text, "leaseId" uuid, cause jsonb,
      actor jsonb, description text, "businessDate" date, at timestamptz, reverses uuid)
    ON CONFLICT (key) DO NOTHING
    RETURNING id INTO posted;
  IF posted IS NULL THEN
    RETURN (SELECT id FROM ledger.transfers WHERE key = transfer ->> 'key');
  END IF;
  -- In one order, since somebody else may open the same ones at this moment.
  INSERT INTO ledger.accounts (id, name, currency, lease_id)
    SELECT gen_random_uuid(), line.account, unit, line."leaseId"
    FROM jsonb_to_recordset(lines) AS line (account text, "leaseId" uuid)
    WHERE NOT EXISTS (
      SELECT FROM ledger.accounts known WHERE known.name = line.account AND known.currency = unit)
    ORDER BY line.account
    ON CONFLICT (name, currency) DO NOTHING;
  INSERT INTO ledger.entries (transfer_id, line, account_id, amount, currency)
    SELECT posted, line.number, account.id, line.amount, account.currency
    FROM ROWS FROM (jsonb_to_recordset(lines) AS (account text, amount bigint)) WITH ORDINALITY AS line (account, amount, number)
    JOIN ledger.accounts account ON account.name = line.account AND account.currency = unit;
  RETURN posted;
END $$;
--> statement-breakpoint
-- The house's own accounts are there before anybody needs them: two transactions that open the same ones could
-- wait for each other. A lease's are opened under the lease's lock.
INSERT INTO ledger.accounts (id, name, currency)
  SELECT gen_random_uuid(), name, currency
  FROM (
    SELECT * FROM unnest(array['UGX', 'KES', 'RWF']) AS currency,
      unnest(array['cash:office', 'recovery', 'write_off', 'write_off:unearned', 'income:fee', 'unearned:fee',
        'income:vehicle', 'income:insurance', 'income:tracker', 'income:maintenance',
        'unearned:vehicle', 'unearned:insurance', 'unearned:tracker', 'unearned:maintenance']) AS name
    UNION ALL
    SELECT currency, side || provider
    FROM (VALUES ('mtn', 'UGX'), ('airtel', 'UGX'), ('mpesa', 'KES'), ('mtn', 'RWF'), ('airtel', 'RWF'))
        AS market (provider, currency),
      unnest(array['clearing:', 'suspense:']) AS side
  ) AS chart
  ON CONFLICT (name, currency) DO NOTHING;
