CREATE TABLE "leases"."deaths" (
	"id" uuid PRIMARY KEY NOT NULL,
	"customer_id" uuid NOT NULL,
	"reported_at" timestamp (3) with time zone NOT NULL,
	"reported_by" text NOT NULL,
	"note" text,
	"document" text,
	"confirmed_at" timestamp (3) with time zone,
	"confirmed_by" text,
	"choice" text,
	"due_on" date NOT NULL,
	"refuted_at" timestamp (3) with time zone,
	"refuted_by" text,
	CONSTRAINT "deaths_confirmed" CHECK ("leases"."deaths"."confirmed_at" is null or "leases"."deaths"."document" is not null)
);
--> statement-breakpoint
CREATE TABLE "leases"."hardships" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"why" text NOT NULL,
	"evidence" text,
	"note" text,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"requested_by" text NOT NULL,
	"decision" text,
	"review_on" date,
	"agent_note" text,
	"decided_at" timestamp (3) with time zone,
	"decided_by" text,
	"reviewed_at" timestamp (3) with time zone,
	CONSTRAINT "hardships_review" CHECK ("leases"."hardships"."decision" is distinct from 'granted' or "leases"."hardships"."review_on" is not null)
);
--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "hardship_days" integer DEFAULT 60;--> statement-breakpoint
ALTER TABLE "leases"."deaths" ADD CONSTRAINT "deaths_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."hardships" ADD CONSTRAINT "hardships_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "deaths_open" ON "leases"."deaths" USING btree ("customer_id") WHERE "leases"."deaths"."refuted_at" is null;--> statement-breakpoint
CREATE INDEX "hardships_lease" ON "leases"."hardships" USING btree ("lease_id","requested_at");--> statement-breakpoint
CREATE UNIQUE INDEX "hardships_undecided" ON "leases"."hardships" USING btree ("lease_id") WHERE "leases"."hardships"."decided_at" is null;