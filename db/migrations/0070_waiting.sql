CREATE TABLE "vehicles"."waiting" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"called_at" timestamp (3) with time zone,
	"until" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "waiting_status" CHECK ("vehicles"."waiting"."status" in ('waiting', 'called', 'taken', 'missed', 'left', 'gone')),
	CONSTRAINT "waiting_turn" CHECK ("vehicles"."waiting"."status" <> 'called' or "vehicles"."waiting"."until" is not null)
);
--> statement-breakpoint
ALTER TABLE "vehicles"."waiting" ADD CONSTRAINT "waiting_vehicle_id_vehicles_id_fk" FOREIGN KEY ("vehicle_id") REFERENCES "vehicles"."vehicles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "waiting_once" ON "vehicles"."waiting" USING btree ("vehicle_id","customer_id") WHERE "vehicles"."waiting"."status" in ('waiting', 'called');--> statement-breakpoint
CREATE UNIQUE INDEX "waiting_one_called" ON "vehicles"."waiting" USING btree ("vehicle_id") WHERE "vehicles"."waiting"."status" = 'called';--> statement-breakpoint
CREATE INDEX "waiting_customer" ON "vehicles"."waiting" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "waiting_turns" ON "vehicles"."waiting" USING btree ("until") WHERE "vehicles"."waiting"."status" = 'called';