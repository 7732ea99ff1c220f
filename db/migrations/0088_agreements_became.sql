ALTER TABLE "leases"."agreements" ADD COLUMN "became" text;--> statement-breakpoint
ALTER TABLE "leases"."agreements" ADD COLUMN "became_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "leases"."agreements" ADD CONSTRAINT "agreements_became" CHECK (("leases"."agreements"."became" is null) = ("leases"."agreements"."became_at" is null));--> statement-breakpoint
CREATE OR REPLACE FUNCTION "leases"."keep_agreement"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    -- An erasure takes the name and the files; what became of it is said once; nothing else is changed.
    IF to_jsonb(NEW) - '{signed_name,html_encrypted,pdf_encrypted,became,became_at}'::text[] = to_jsonb(OLD) - '{signed_name,html_encrypted,pdf_encrypted,became,became_at}'::text[]
      AND (NEW.signed_name IS NULL OR NEW.signed_name = OLD.signed_name)
      AND (NEW.html_encrypted IS NULL OR NEW.html_encrypted = OLD.html_encrypted)
      AND (NEW.pdf_encrypted IS NULL OR NEW.pdf_encrypted = OLD.pdf_encrypted)
      AND (OLD.became IS NULL OR (NEW.became IS NOT DISTINCT FROM OLD.became AND NEW.became_at IS NOT DISTINCT FROM OLD.became_at)) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'an agreement that was signed is kept as it is';
END $$;--> statement-breakpoint
-- Of two amendments of one exchange the later one holds.
UPDATE "leases"."agreements" AS "earlier" SET "became" = 'void', "became_at" = "later"."in_force_at" FROM "leases"."agreements" AS "later" WHERE "later"."upgrade_id" = "earlier"."upgrade_id" AND "later"."in_force_at" > "earlier"."in_force_at" AND "earlier"."became" IS NULL;--> statement-breakpoint
UPDATE "leases"."agreements" AS "agreement" SET "became" = 'in_effect', "became_at" = "lease"."handed_over_at" FROM "leases"."leases" AS "lease" WHERE "lease"."id" = "agreement"."lease_id" AND "agreement"."in_force_at" IS NOT NULL AND "lease"."handed_over_at" IS NOT NULL AND "agreement"."became" IS NULL;--> statement-breakpoint
UPDATE "leases"."agreements" AS "agreement" SET "became" = 'void', "became_at" = coalesce("lease"."ended_at", "lease"."updated_at") FROM "leases"."leases" AS "lease" WHERE "lease"."id" = "agreement"."lease_id" AND "agreement"."in_force_at" IS NOT NULL AND "lease"."status" IN ('declined', 'withdrawn', 'lapsed') AND "agreement"."became" IS NULL;--> statement-breakpoint
UPDATE "leases"."agreements" AS "agreement" SET "became" = 'void', "became_at" = "upgrade"."ended_at" FROM "leases"."upgrades" AS "upgrade" WHERE "upgrade"."id" = "agreement"."upgrade_id" AND "agreement"."in_force_at" IS NOT NULL AND "upgrade"."ended_at" IS NOT NULL AND "upgrade"."status" <> 'completed' AND "agreement"."became" IS NULL;
