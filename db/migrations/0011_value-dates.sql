CREATE TABLE "leases"."clock_moves" (
	"lease_id" uuid NOT NULL,
	"moved_at" timestamp (3) with time zone NOT NULL,
	"offset_ms" bigint NOT NULL,
	CONSTRAINT "clock_moves_lease_id_offset_ms_pk" PRIMARY KEY("lease_id","offset_ms")
);
--> statement-breakpoint
ALTER TABLE "ledger"."transfers" ADD COLUMN "value_on" date;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD COLUMN "value_on" date;--> statement-breakpoint
ALTER TABLE "leases"."clock_moves" ADD CONSTRAINT "clock_moves_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint

-- What was posted before counts from the day on which it was posted.
ALTER TABLE "ledger"."transfers" DISABLE TRIGGER transfers_immutable;--> statement-breakpoint
UPDATE "ledger"."transfers" SET "value_on" = "business_date";--> statement-breakpoint
ALTER TABLE "ledger"."transfers" ENABLE TRIGGER transfers_immutable;--> statement-breakpoint
ALTER TABLE "ledger"."transfers" ALTER COLUMN "value_on" SET NOT NULL;--> statement-breakpoint
UPDATE "payments"."attempts" a SET "value_on" = t."business_date" FROM "ledger"."transfers" t WHERE t."id" = a."transfer_id";--> statement-breakpoint
-- A clock that has travelled already: its last move was not later than its last change.
INSERT INTO "leases"."clock_moves" ("lease_id", "moved_at", "offset_ms")
  SELECT "id", least("updated_at" - "clock_offset_ms" * interval '1 millisecond', now()), "clock_offset_ms"
  FROM "leases"."leases" WHERE "clock_offset_ms" > 0;--> statement-breakpoint

-- As before, and with the day from which it counts: the business date where none is given.
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
INSERT INTO ledger.accounts (id, name, currency)
  SELECT gen_random_uuid(), 'rounding', currency FROM unnest(array['UGX', 'KES', 'RWF']) AS currency
  ON CONFLICT (name, currency) DO NOTHING;
