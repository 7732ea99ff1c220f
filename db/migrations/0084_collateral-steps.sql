CREATE TABLE "leases"."collateral_steps" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"cause" uuid NOT NULL,
	"status" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"due_on" date NOT NULL,
	"done_on" date,
	"reference" text,
	"reason" text,
	"told_on" date,
	"closed_at" timestamp (3) with time zone,
	"closed_by" text,
	CONSTRAINT "collateral_steps_kind" CHECK ("leases"."collateral_steps"."kind" in ('registration', 'amendment', 'discharge', 'title')),
	CONSTRAINT "collateral_steps_status" CHECK ("leases"."collateral_steps"."status" in ('open', 'done', 'dropped')),
	CONSTRAINT "collateral_steps_done" CHECK (("leases"."collateral_steps"."status" = 'done') = ("leases"."collateral_steps"."done_on" is not null))
);
--> statement-breakpoint
ALTER TABLE "leases"."collateral_steps" ADD CONSTRAINT "collateral_steps_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "collateral_steps_cause" ON "leases"."collateral_steps" USING btree ("cause","kind");--> statement-breakpoint
CREATE INDEX "collateral_steps_lease" ON "leases"."collateral_steps" USING btree ("lease_id");--> statement-breakpoint
CREATE INDEX "collateral_steps_list" ON "leases"."collateral_steps" USING btree ("opened_at","id");--> statement-breakpoint
CREATE INDEX "collateral_steps_due" ON "leases"."collateral_steps" USING btree ("due_on") WHERE "leases"."collateral_steps"."status" = 'open';