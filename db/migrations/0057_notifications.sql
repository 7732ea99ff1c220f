CREATE TABLE "support"."channel_health" (
	"channel" text PRIMARY KEY NOT NULL,
	"failing_since" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "support"."mail_addresses" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"address_encrypted" text,
	"bounced_at" timestamp (3) with time zone,
	"wanted_encrypted" text,
	"code_hash" text,
	"code_expires_at" timestamp (3) with time zone,
	"wrong_tries" integer DEFAULT 0 NOT NULL,
	"codes_sent" integer DEFAULT 0 NOT NULL,
	"counted_from" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "support"."notification_tries" (
	"notification_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"state" text NOT NULL,
	"tries" integer NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	"provider" text,
	"provider_message_id" text,
	"user_id" uuid NOT NULL,
	"template" text NOT NULL,
	"day" date NOT NULL,
	"market" char(2) NOT NULL,
	"segments" smallint DEFAULT 0 NOT NULL,
	"cost_minor" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "notification_tries_notification_id_channel_pk" PRIMARY KEY("notification_id","channel")
);
--> statement-breakpoint
CREATE TABLE "support"."push_subscriptions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"endpoint_hash" text NOT NULL,
	"endpoint_encrypted" text NOT NULL,
	"keys_encrypted" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "support"."sms_spend" (
	"market" char(2) NOT NULL,
	"day" date NOT NULL,
	"amount" bigint NOT NULL,
	CONSTRAINT "sms_spend_market_day_pk" PRIMARY KEY("market","day")
);
--> statement-breakpoint
ALTER TABLE "identity"."users" ADD COLUMN "digest" text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "notice_encrypted" text;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "urgency" text DEFAULT 'now' NOT NULL;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "is_legal" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "asked_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "answers_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "next_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD COLUMN "digest_id" uuid;--> statement-breakpoint
ALTER TABLE "support"."mail_addresses" ADD CONSTRAINT "mail_addresses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."notification_tries" ADD CONSTRAINT "notification_tries_notification_id_notifications_id_fk" FOREIGN KEY ("notification_id") REFERENCES "support"."notifications"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."push_subscriptions" ADD CONSTRAINT "push_subscriptions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notification_tries_caps" ON "support"."notification_tries" USING btree ("user_id","day");--> statement-breakpoint
CREATE INDEX "notification_tries_provider" ON "support"."notification_tries" USING btree ("provider","provider_message_id");--> statement-breakpoint
CREATE UNIQUE INDEX "push_subscriptions_endpoint" ON "support"."push_subscriptions" USING btree ("endpoint_hash");--> statement-breakpoint
CREATE INDEX "push_subscriptions_user" ON "support"."push_subscriptions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "notifications_lease" ON "support"."notifications" USING btree ("lease_id","template");--> statement-breakpoint
CREATE INDEX "notifications_due" ON "support"."notifications" USING btree ("next_at") WHERE "support"."notifications"."sent_at" is null and "support"."notifications"."failed_at" is null and "support"."notifications"."notice_encrypted" is not null;--> statement-breakpoint
CREATE INDEX "notifications_dead" ON "support"."notifications" USING btree ("failed_at","id") WHERE "support"."notifications"."reason" is not null;