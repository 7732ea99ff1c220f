CREATE TABLE "leases"."dossiers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"format" text NOT NULL,
	"code" text NOT NULL,
	"sha256" char(64) NOT NULL,
	"signature" text NOT NULL,
	"issued_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "leases"."dossiers" ADD CONSTRAINT "dossiers_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "dossiers_code" ON "leases"."dossiers" USING btree ("code");--> statement-breakpoint
CREATE INDEX "dossiers_lease" ON "leases"."dossiers" USING btree ("lease_id");