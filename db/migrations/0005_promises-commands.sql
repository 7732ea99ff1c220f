CREATE TABLE "leases"."commands" (
	"id" text PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "promised_on" date;--> statement-breakpoint
ALTER TABLE "leases"."commands" ADD CONSTRAINT "commands_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;