-- As before; a key that is taken by a transfer with other entries, kind, lease or book is an error and no repetition.
CREATE OR REPLACE FUNCTION ledger.post_transfer(transfer jsonb, lines jsonb) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  posted uuid;
  unit char(3) := transfer ->> 'currency';
BEGIN
  INSERT INTO ledger.transfers (id, book, key, kind, lease_id, cause, actor, description, business_date, value_on, at, reverses)
    SELECT id, book, key, kind, "leaseId", cause, actor, description, "businessDate", coalesce("valueOn", "businessDate"), at, reverses
    FROM jsonb_to_record(transfer) AS given (id uuid, book text, key text, kind text, "leaseId" uuid, cause jsonb,
      actor jsonb, description text, "businessDate" date, "valueOn" date, at timestamptz, reverses uuid)
    ON CONFLICT (key) DO NOTHING
    RETURNING id INTO posted;
  IF posted IS NULL THEN
    SELECT known.id INTO posted FROM ledger.transfers known
      WHERE known.key = transfer ->> 'key' AND known.kind = transfer ->> 'kind' AND known.book = transfer ->> 'book'
        AND known.lease_id IS NOT DISTINCT FROM (transfer ->> 'leaseId')::uuid
        AND (
          SELECT jsonb_agg(jsonb_build_array(account.name, entry.amount, entry.currency) ORDER BY account.name, entry.amount)
          FROM ledger.entries entry JOIN ledger.accounts account ON account.id = entry.account_id
          WHERE entry.transfer_id = known.id
        ) = (
          SELECT jsonb_agg(jsonb_build_array(line.account, line.amount, unit) ORDER BY line.account, line.amount)
          FROM jsonb_to_recordset(lines) AS line (account text, amount bigint)
        );
    IF posted IS NULL THEN
      RAISE EXCEPTION 'transfer % was posted before, and is another one', transfer ->> 'key'
        USING ERRCODE = 'unique_violation', CONSTRAINT = 'transfers_same';
    END IF;
    RETURN posted;
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
