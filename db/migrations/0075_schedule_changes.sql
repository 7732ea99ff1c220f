CREATE TABLE "leases"."schedule_changes" (
	"lease_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"kind" text NOT NULL,
	"on" date NOT NULL,
	"made" integer NOT NULL,
	"before" jsonb NOT NULL,
	"undone_in" integer,
	CONSTRAINT "schedule_changes_lease_id_version_pk" PRIMARY KEY("lease_id","version")
);
--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" ADD COLUMN "pays_from" date;--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" ADD COLUMN "pays_until" date;--> statement-breakpoint
ALTER TABLE "leases"."schedule_changes" ADD CONSTRAINT "schedule_changes_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- Restructures of before: what the lease's row was then nobody wrote down.
INSERT INTO "leases"."schedule_changes" ("lease_id", "version", "kind", "on", "made", "before")
SELECT "lease"."id", ("entry"."detail"->>'scheduleVersion')::int, 'restructure', "entry"."at"::date,
  ("entry"."detail"->>'instalments')::int,
  jsonb_build_object('instalment', "lease"."instalment", 'instalmentsTotal', "lease"."instalments_total",
    'frequency', "lease"."frequency", 'restructuredOn', "lease"."restructured_on",
    'arrearsRestructured', "lease"."arrears_restructured")
FROM "events"."audit" AS "entry" JOIN "leases"."leases" AS "lease" ON "lease"."id" = "entry"."lease_id"
WHERE "entry"."type" = 'lease.restructured'
ON CONFLICT DO NOTHING;
