ALTER TABLE "leases"."leases" ADD COLUMN "restructured_on" date;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "arrears_restructured" integer;--> statement-breakpoint
-- When leases were restructured before is in the audit trail; how late they were then is not known.
UPDATE "leases"."leases" l SET "restructured_on" = (
  SELECT max(a.at)::date FROM "events"."audit" a WHERE a.lease_id = l.id AND a.type = 'lease.restructured');
