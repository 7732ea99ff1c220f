CREATE TABLE "leases"."pauses" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"from" date NOT NULL,
	"until" date NOT NULL,
	"resumed_on" date,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases"."promises" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"on" date NOT NULL,
	"amount" bigint NOT NULL,
	"status" text NOT NULL,
	"made_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases"."settlement_quotes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"saved" bigint NOT NULL,
	"quoted_at" timestamp (3) with time zone NOT NULL,
	"valid_until" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "leases"."statements" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"format" text NOT NULL,
	"code" text NOT NULL,
	"sha256" char(64) NOT NULL,
	"signature" text NOT NULL,
	"issued_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payments"."inbound" (
	"id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"receipt" text NOT NULL,
	"market" text NOT NULL,
	"account" text NOT NULL,
	"payer_encrypted" text,
	"payer_hash" text,
	"payer_masked" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" char(3) NOT NULL,
	"paid_at" timestamp (3) with time zone NOT NULL,
	"body_encrypted" text,
	"status" text NOT NULL,
	"lease_id" uuid,
	"payment_id" uuid,
	"suspense_transfer_id" uuid,
	"resolved_by" uuid,
	"resolved_at" timestamp (3) with time zone,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbound_amount" CHECK ("payments"."inbound"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "payments"."reconciliations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"market" text NOT NULL,
	"date" date NOT NULL,
	"status" text NOT NULL,
	"matched" integer DEFAULT 0 NOT NULL,
	"differences" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"statement_total" bigint DEFAULT 0 NOT NULL,
	"ledger_total" bigint DEFAULT 0 NOT NULL,
	"requested_by" uuid,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "payments"."remittances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"agent_id" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"currency" char(3) NOT NULL,
	"status" text NOT NULL,
	"reference" text,
	"declared_at" timestamp (3) with time zone NOT NULL,
	"decided_at" timestamp (3) with time zone,
	"decided_by" uuid,
	"reason" text,
	"transfer_id" uuid,
	CONSTRAINT "remittances_amount" CHECK ("payments"."remittances"."amount" > 0)
);
--> statement-breakpoint
ALTER TABLE "leases"."leases" DROP CONSTRAINT "leases_amounts";--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "backup_method_ids" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "quiet_hours" jsonb;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "fees_waived" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "recovered" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "paused_until" date;--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" ADD COLUMN "filled" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" ADD COLUMN "fee_charged_on" date;--> statement-breakpoint
-- Every transfer gets its book and its number there; what was posted before is numbered in the order it was posted.
ALTER TABLE "ledger"."transfers" ADD COLUMN "book" text;--> statement-breakpoint
ALTER TABLE "ledger"."transfers" ADD COLUMN "sequence" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger"."transfers" DISABLE TRIGGER transfers_immutable;--> statement-breakpoint
UPDATE "ledger"."transfers" t SET "book" = 'lease:' || t."lease_id", "sequence" = n."sequence"
  FROM (SELECT "id", row_number() OVER (PARTITION BY "lease_id" ORDER BY "number") AS "sequence" FROM "ledger"."transfers") n
  WHERE n."id" = t."id";--> statement-breakpoint
ALTER TABLE "ledger"."transfers" ENABLE TRIGGER transfers_immutable;--> statement-breakpoint
ALTER TABLE "ledger"."transfers" ALTER COLUMN "book" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "leases"."pauses" ADD CONSTRAINT "pauses_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."promises" ADD CONSTRAINT "promises_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."settlement_quotes" ADD CONSTRAINT "settlement_quotes_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."statements" ADD CONSTRAINT "statements_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments"."remittances" ADD CONSTRAINT "remittances_agent_id_users_id_fk" FOREIGN KEY ("agent_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "pauses_lease" ON "leases"."pauses" USING btree ("lease_id","at");--> statement-breakpoint
CREATE INDEX "promises_lease" ON "leases"."promises" USING btree ("lease_id","made_at");--> statement-breakpoint
CREATE UNIQUE INDEX "promises_open" ON "leases"."promises" USING btree ("lease_id") WHERE "leases"."promises"."status" = 'open';--> statement-breakpoint
CREATE INDEX "settlement_quotes_lease" ON "leases"."settlement_quotes" USING btree ("lease_id","quoted_at");--> statement-breakpoint
CREATE UNIQUE INDEX "statements_code" ON "leases"."statements" USING btree ("code");--> statement-breakpoint
CREATE INDEX "statements_lease" ON "leases"."statements" USING btree ("lease_id");--> statement-breakpoint
CREATE UNIQUE INDEX "inbound_receipt" ON "payments"."inbound" USING btree ("provider","receipt");--> statement-breakpoint
CREATE INDEX "inbound_status" ON "payments"."inbound" USING btree ("status","received_at");--> statement-breakpoint
CREATE INDEX "reconciliations_day" ON "payments"."reconciliations" USING btree ("provider","market","date","started_at");--> statement-breakpoint
CREATE INDEX "remittances_agent" ON "payments"."remittances" USING btree ("agent_id","declared_at");--> statement-breakpoint
CREATE UNIQUE INDEX "transfers_sequence" ON "ledger"."transfers" USING btree ("book","sequence");--> statement-breakpoint
CREATE INDEX "transfers_date" ON "ledger"."transfers" USING btree ("business_date");--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD CONSTRAINT "leases_amounts" CHECK ("leases"."leases"."deposit" >= 0 and "leases"."leases"."deposit_paid" between 0 and "leases"."leases"."deposit" and "leases"."leases"."credit" >= 0 and "leases"."leases"."fees_paid" >= 0 and "leases"."leases"."fees_waived" >= 0 and "leases"."leases"."fees_paid" + "leases"."leases"."fees_waived" <= "leases"."leases"."fees_charged" and "leases"."leases"."recovered" >= 0);--> statement-breakpoint

-- Numbers of a book have no gaps: given while the book is locked, so that a rolled-back transfer leaves none behind.
CREATE FUNCTION ledger.number_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.book, 0));
  SELECT coalesce(max(sequence), 0) + 1 INTO NEW.sequence FROM ledger.transfers WHERE book = NEW.book;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER transfers_numbered BEFORE INSERT ON ledger.transfers FOR EACH ROW EXECUTE FUNCTION ledger.number_transfer();
--> statement-breakpoint
-- What was paid before filled the services of a line first, then the vehicle.
UPDATE leases.schedule_lines l SET filled = f.filled
FROM (
  SELECT lease_id, version, number, jsonb_object_agg(component, part) AS filled
  FROM (
    SELECT lease_id, version, number, component,
      greatest(0, least(size, paid + waived - coalesce(sum(size) OVER (
        PARTITION BY lease_id, version, number ORDER BY rank ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))::bigint AS part
    FROM leases.schedule_lines, jsonb_each_text(components) AS c(component, text_size),
      LATERAL (SELECT text_size::bigint AS size, array_position(ARRAY['insurance', 'tracker', 'maintenance', 'vehicle'], component) AS rank) AS s
    WHERE paid + waived > 0
  ) parts
  WHERE part > 0
  GROUP BY lease_id, version, number
) f
WHERE (f.lease_id, f.version, f.number) = (l.lease_id, l.version, l.number);
