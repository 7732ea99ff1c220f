CREATE TABLE "leases"."agreements" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"lease_id" uuid NOT NULL,
	"from_lease_id" uuid,
	"upgrade_id" uuid,
	"customer_id" uuid NOT NULL,
	"market" char(2) NOT NULL,
	"language" char(2) NOT NULL,
	"template" integer NOT NULL,
	"currency" char(3) NOT NULL,
	"deposit" bigint NOT NULL,
	"total" bigint NOT NULL,
	"drafted_on" date NOT NULL,
	"sha256" char(64) NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"signed_name" text,
	"signed_at" timestamp (3) with time zone,
	"proof" jsonb,
	"code" text,
	"html_sha256" char(64),
	"pdf_sha256" char(64),
	"html_encrypted" "bytea",
	"pdf_encrypted" "bytea",
	"key_id" text,
	"signature" text,
	"in_force_at" timestamp (3) with time zone,
	CONSTRAINT "agreements_signed" CHECK ("leases"."agreements"."in_force_at" is null or num_nulls("leases"."agreements"."signed_at", "leases"."agreements"."proof", "leases"."agreements"."code", "leases"."agreements"."html_sha256", "leases"."agreements"."pdf_sha256", "leases"."agreements"."key_id", "leases"."agreements"."signature") = 0)
);
--> statement-breakpoint
ALTER TABLE "identity"."otp_codes" ADD COLUMN "purpose" text DEFAULT 'login' NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "agreed_total" bigint;--> statement-breakpoint
ALTER TABLE "leases"."agreements" ADD CONSTRAINT "agreements_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "agreements_code" ON "leases"."agreements" USING btree ("code");--> statement-breakpoint
CREATE UNIQUE INDEX "agreements_in_force" ON "leases"."agreements" USING btree ("lease_id") WHERE "leases"."agreements"."in_force_at" is not null and "leases"."agreements"."kind" = 'agreement';--> statement-breakpoint
CREATE INDEX "agreements_lease" ON "leases"."agreements" USING btree ("lease_id","created_at");--> statement-breakpoint
CREATE INDEX "agreements_left" ON "leases"."agreements" USING btree ("from_lease_id","created_at");--> statement-breakpoint
CREATE INDEX "agreements_customer" ON "leases"."agreements" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "agreements_created" ON "leases"."agreements" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD CONSTRAINT "leases_price_unsigned" CHECK ("leases"."leases"."total_price" <= "leases"."leases"."agreed_total");--> statement-breakpoint
UPDATE "leases"."leases" AS "lease" SET "agreed_total" = greatest("total_price", "deposit" + coalesce((SELECT sum("amount") FROM "leases"."schedule_lines" WHERE "lease_id" = "lease"."id" AND "version" = 1), 0)) WHERE "status" NOT IN ('applied', 'verifying', 'assessing', 'offered', 'declined', 'withdrawn', 'lapsed');--> statement-breakpoint
CREATE FUNCTION "leases"."refuse_unsigned_price"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was agreed on is never changed: another price is another agreement';
END $$;--> statement-breakpoint
CREATE TRIGGER "leases_agreed_total" BEFORE UPDATE OF "agreed_total" ON "leases"."leases" FOR EACH ROW WHEN (OLD."agreed_total" IS NOT NULL AND NEW."agreed_total" IS DISTINCT FROM OLD."agreed_total") EXECUTE FUNCTION "leases"."refuse_unsigned_price"();--> statement-breakpoint
CREATE FUNCTION "leases"."keep_agreement"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    -- An erasure takes the name and the files, and nothing else.
    IF to_jsonb(NEW) - '{signed_name,html_encrypted,pdf_encrypted}'::text[] = to_jsonb(OLD) - '{signed_name,html_encrypted,pdf_encrypted}'::text[]
      AND (NEW.signed_name IS NULL OR NEW.signed_name = OLD.signed_name)
      AND (NEW.html_encrypted IS NULL OR NEW.html_encrypted = OLD.html_encrypted)
      AND (NEW.pdf_encrypted IS NULL OR NEW.pdf_encrypted = OLD.pdf_encrypted) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'an agreement that was signed is kept as it is';
END $$;--> statement-breakpoint
CREATE TRIGGER "agreements_kept" BEFORE UPDATE OR DELETE ON "leases"."agreements" FOR EACH ROW WHEN (OLD."in_force_at" IS NOT NULL) EXECUTE FUNCTION "leases"."keep_agreement"();
