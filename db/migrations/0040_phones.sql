CREATE SCHEMA "ussd";
--> statement-breakpoint
CREATE TABLE "identity"."pins" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"wrong_tries" integer DEFAULT 0 NOT NULL,
	"last_try" text,
	"locked_until" timestamp (3) with time zone,
	"set_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "support"."inbound_texts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"user_id" uuid,
	"phone_hash" text NOT NULL,
	"phone_encrypted" text NOT NULL,
	"body_encrypted" text NOT NULL,
	"raw_encrypted" text,
	"heard_as" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"answered_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "support"."suppressions" (
	"phone_hash" text PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ussd"."sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"phone_hash" text NOT NULL,
	"language" text NOT NULL,
	"state" jsonb,
	"heard_length" integer,
	"heard_hash" text,
	"answer" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "identity"."pins" ADD CONSTRAINT "pins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."inbound_texts" ADD CONSTRAINT "inbound_texts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "inbound_texts_key" ON "support"."inbound_texts" USING btree ("key");--> statement-breakpoint
CREATE INDEX "inbound_texts_phone" ON "support"."inbound_texts" USING btree ("phone_hash","received_at");--> statement-breakpoint
CREATE INDEX "inbound_texts_user" ON "support"."inbound_texts" USING btree ("user_id","received_at");--> statement-breakpoint
CREATE INDEX "sessions_phone" ON "ussd"."sessions" USING btree ("phone_hash");--> statement-breakpoint
CREATE INDEX "sessions_updated" ON "ussd"."sessions" USING btree ("updated_at");