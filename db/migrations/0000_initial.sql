CREATE SCHEMA "credit";
--> statement-breakpoint
CREATE SCHEMA "events";
--> statement-breakpoint
CREATE SCHEMA "identity";
--> statement-breakpoint
CREATE SCHEMA "kyc";
--> statement-breakpoint
CREATE SCHEMA "leases";
--> statement-breakpoint
CREATE SCHEMA "ledger";
--> statement-breakpoint
CREATE SCHEMA "payments";
--> statement-breakpoint
CREATE SCHEMA "support";
--> statement-breakpoint
CREATE SCHEMA "telematics";
--> statement-breakpoint
CREATE SCHEMA "vehicles";
--> statement-breakpoint
CREATE TABLE "credit"."assessments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"status" text NOT NULL,
	"score" integer NOT NULL,
	"tier" text NOT NULL,
	"reasons" jsonb NOT NULL,
	"conditions" jsonb,
	"facts" jsonb NOT NULL,
	"scorecard_version" text NOT NULL,
	"decided_by" uuid,
	"decision_reason" text,
	"decided_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "assessments_status" CHECK ("credit"."assessments"."status" in ('approved', 'referred', 'declined'))
);
--> statement-breakpoint
CREATE TABLE "events"."audit" (
	"number" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events"."audit_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"key" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"type" text NOT NULL,
	"subject" text NOT NULL,
	"lease_id" uuid,
	"lease_status" text,
	"actor" jsonb NOT NULL,
	"detail" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "audit_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "events"."outbox" (
	"number" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events"."outbox_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"subject" uuid NOT NULL,
	"lease_id" uuid,
	"time" timestamp (3) with time zone NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "identity"."idempotency_keys" (
	"user_id" uuid NOT NULL,
	"route" text NOT NULL,
	"key" text NOT NULL,
	"body_hash" text NOT NULL,
	"status" integer,
	"response" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"locked_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "identity"."otp_codes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"phone_hash" text NOT NULL,
	"code_hash" text NOT NULL,
	"wrong_tries" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"consumed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "identity"."refresh_tokens" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "identity"."sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "identity"."users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"role" text NOT NULL,
	"name" text NOT NULL,
	"market" char(2),
	"phone_encrypted" text,
	"phone_hash" text,
	"email" text,
	"password_hash" text,
	"monthly_income" bigint,
	"language" text DEFAULT 'en' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	"erased_at" timestamp (3) with time zone,
	CONSTRAINT "users_role" CHECK ("identity"."users"."role" in ('customer', 'agent', 'admin')),
	CONSTRAINT "users_login" CHECK ("identity"."users"."erased_at" is not null or "identity"."users"."phone_hash" is not null or "identity"."users"."email" is not null)
);
--> statement-breakpoint
CREATE TABLE "kyc"."documents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"media_type" text NOT NULL,
	"sha256" char(64) NOT NULL,
	"size" integer NOT NULL,
	"content_encrypted" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "kyc"."submissions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"status" text NOT NULL,
	"document_type" text NOT NULL,
	"document_number_encrypted" text NOT NULL,
	"document_number_hash" text NOT NULL,
	"country" char(2) NOT NULL,
	"document_ids" uuid[] NOT NULL,
	"notice_version" text NOT NULL,
	"consented_at" timestamp (3) with time zone NOT NULL,
	"job_id" text,
	"callback_hash" text,
	"verdict" jsonb,
	"reason" text,
	"decided_by" uuid,
	"decided_at" timestamp (3) with time zone,
	"expires_on" date,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "submissions_status" CHECK ("kyc"."submissions"."status" in ('pending', 'in_review', 'approved', 'rejected', 'expired'))
);
--> statement-breakpoint
CREATE TABLE "leases"."leases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"reference" text NOT NULL,
	"status" text NOT NULL,
	"customer_id" uuid NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"plan_id" uuid NOT NULL,
	"plan" jsonb NOT NULL,
	"payment_method_id" uuid NOT NULL,
	"market" char(2) NOT NULL,
	"currency" char(3) NOT NULL,
	"frequency" text NOT NULL,
	"price" bigint NOT NULL,
	"deposit" bigint NOT NULL,
	"deposit_paid" bigint DEFAULT 0 NOT NULL,
	"instalment" bigint NOT NULL,
	"instalments_total" integer NOT NULL,
	"total_price" bigint NOT NULL,
	"fees_charged" bigint DEFAULT 0 NOT NULL,
	"fees_paid" bigint DEFAULT 0 NOT NULL,
	"credit" bigint DEFAULT 0 NOT NULL,
	"schedule_version" integer DEFAULT 0 NOT NULL,
	"oldest_unpaid_on" date,
	"clock_offset_ms" bigint DEFAULT 0 NOT NULL,
	"signed_name" text,
	"agreement_signed_at" timestamp (3) with time zone,
	"handed_over_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "leases_amounts" CHECK ("leases"."leases"."deposit" >= 0 and "leases"."leases"."deposit_paid" between 0 and "leases"."leases"."deposit" and "leases"."leases"."credit" >= 0 and "leases"."leases"."fees_paid" between 0 and "leases"."leases"."fees_charged")
);
--> statement-breakpoint
CREATE TABLE "leases"."schedule_lines" (
	"lease_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"number" integer NOT NULL,
	"due_on" date NOT NULL,
	"amount" bigint NOT NULL,
	"paid" bigint DEFAULT 0 NOT NULL,
	"waived" bigint DEFAULT 0 NOT NULL,
	"components" jsonb NOT NULL,
	CONSTRAINT "schedule_lines_lease_id_version_number_pk" PRIMARY KEY("lease_id","version","number"),
	CONSTRAINT "schedule_lines_amounts" CHECK ("leases"."schedule_lines"."amount" > 0 and "leases"."schedule_lines"."paid" >= 0 and "leases"."schedule_lines"."waived" >= 0 and "leases"."schedule_lines"."paid" + "leases"."schedule_lines"."waived" <= "leases"."schedule_lines"."amount")
);
--> statement-breakpoint
CREATE TABLE "ledger"."accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"currency" char(3) NOT NULL,
	"lease_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger"."entries" (
	"transfer_id" uuid NOT NULL,
	"line" smallint NOT NULL,
	"account_id" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"currency" char(3) NOT NULL,
	CONSTRAINT "entries_transfer_id_line_pk" PRIMARY KEY("transfer_id","line"),
	CONSTRAINT "entries_amount" CHECK ("ledger"."entries"."amount" <> 0)
);
--> statement-breakpoint
CREATE TABLE "ledger"."transfers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "ledger"."transfers_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"lease_id" uuid,
	"cause" jsonb NOT NULL,
	"actor" jsonb NOT NULL,
	"description" text NOT NULL,
	"business_date" date NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"reverses" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payments"."attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"due" text NOT NULL,
	"attempt" integer DEFAULT 1 NOT NULL,
	"provider" text NOT NULL,
	"payment_method_id" uuid,
	"payer_masked" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" char(3) NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"refund_of" uuid,
	"sent" boolean DEFAULT false NOT NULL,
	"provider_request_id" text,
	"provider_reference" text,
	"settled_amount" bigint,
	"callback_hash" text,
	"allocation" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"transfer_id" uuid,
	"agent_id" uuid,
	"receipt_number" text,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "attempts_amount" CHECK ("payments"."attempts"."amount" > 0),
	CONSTRAINT "attempts_status" CHECK ("payments"."attempts"."status" in ('pending', 'succeeded', 'failed', 'unknown', 'reversed'))
);
--> statement-breakpoint
CREATE TABLE "payments"."callbacks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"attempt_id" uuid NOT NULL,
	"body_encrypted" text NOT NULL,
	"claim" jsonb,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payments"."cases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"lease_id" uuid,
	"payment_id" uuid,
	"status" text DEFAULT 'open' NOT NULL,
	"detail" jsonb NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"closed_by" uuid,
	"resolution" text
);
--> statement-breakpoint
CREATE TABLE "payments"."methods" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"phone_encrypted" text NOT NULL,
	"phone_hash" text NOT NULL,
	"masked" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "support"."notifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"user_id" uuid NOT NULL,
	"lease_id" uuid,
	"channel" text NOT NULL,
	"template" text NOT NULL,
	"body_encrypted" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp (3) with time zone,
	"failed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "telematics"."latest_positions" (
	"vehicle_id" uuid PRIMARY KEY NOT NULL,
	"tracker_id" uuid NOT NULL,
	"ts" timestamp (3) with time zone NOT NULL,
	"lat" double precision NOT NULL,
	"lon" double precision NOT NULL,
	"speed_kph" real,
	"heading" real,
	"ignition" boolean,
	"output1" boolean,
	"suspect" boolean DEFAULT false NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telematics"."positions" (
	"tracker_id" uuid NOT NULL,
	"ts" timestamp (3) with time zone NOT NULL,
	"sequence" text NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"lat" double precision NOT NULL,
	"lon" double precision NOT NULL,
	"speed_kph" real,
	"heading" real,
	"altitude" real,
	"accuracy" real,
	"ignition" boolean,
	"odometer_km" double precision,
	"suspect" boolean DEFAULT false NOT NULL,
	"extra" jsonb,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "positions_tracker_id_ts_sequence_pk" PRIMARY KEY("tracker_id","ts","sequence")
);
--> statement-breakpoint
CREATE TABLE "telematics"."quarantine" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tracker_id" uuid,
	"topic" text NOT NULL,
	"reason" text NOT NULL,
	"size" integer NOT NULL,
	"payload" text,
	"received_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telematics"."risk_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"episode" text NOT NULL,
	"type" text NOT NULL,
	"severity" text NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"tracker_id" uuid NOT NULL,
	"lease_id" uuid,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"position" jsonb,
	"details" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"signalled_at" timestamp (3) with time zone,
	"acknowledged_at" timestamp (3) with time zone,
	"acknowledged_by" uuid,
	CONSTRAINT "risk_events_severity" CHECK ("telematics"."risk_events"."severity" in ('low', 'medium', 'high', 'critical'))
);
--> statement-breakpoint
CREATE TABLE "telematics"."trackers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"serial" text,
	"password_encrypted" text NOT NULL,
	"online" boolean,
	"last_seen_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "vehicles"."holds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"lease_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"released_at" timestamp (3) with time zone,
	"release_reason" text
);
--> statement-breakpoint
CREATE TABLE "vehicles"."plans" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"market" char(2) NOT NULL,
	"vehicle_types" text[] NOT NULL,
	"frequency" text NOT NULL,
	"instalments" integer NOT NULL,
	"deposit_percent" integer NOT NULL,
	"markup_percent" integer NOT NULL,
	"grace_days" integer NOT NULL,
	"late_fee" jsonb,
	"immobilise_after_days_past_due" integer NOT NULL,
	"immobilise_notice_hours" integer NOT NULL,
	"offer_hours" integer DEFAULT 72 NOT NULL,
	"sign_hours" integer DEFAULT 48 NOT NULL,
	"deposit_hours" integer DEFAULT 72 NOT NULL,
	"components" jsonb NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "plans_instalments" CHECK ("vehicles"."plans"."instalments" between 1 and 1500),
	CONSTRAINT "plans_deposit" CHECK ("vehicles"."plans"."deposit_percent" between 0 and 90)
);
--> statement-breakpoint
CREATE TABLE "vehicles"."vehicles" (
	"id" uuid PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"make" text NOT NULL,
	"model" text NOT NULL,
	"year" integer NOT NULL,
	"market" char(2) NOT NULL,
	"price" bigint NOT NULL,
	"currency" char(3) NOT NULL,
	"registration" text NOT NULL,
	"vin" text NOT NULL,
	"odometer_km" integer DEFAULT 0 NOT NULL,
	"status" text DEFAULT 'available' NOT NULL,
	"speed_limit_kph" integer,
	"latitude" double precision,
	"longitude" double precision,
	"place" text,
	"photos" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"retired_at" timestamp (3) with time zone,
	CONSTRAINT "vehicles_status" CHECK ("vehicles"."vehicles"."status" in ('available', 'reserved', 'leased', 'maintenance', 'sold', 'retired')),
	CONSTRAINT "vehicles_price" CHECK ("vehicles"."vehicles"."price" > 0)
);
--> statement-breakpoint
ALTER TABLE "credit"."assessments" ADD CONSTRAINT "assessments_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity"."refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "identity"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identity"."sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kyc"."documents" ADD CONSTRAINT "documents_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kyc"."submissions" ADD CONSTRAINT "submissions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD CONSTRAINT "leases_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" ADD CONSTRAINT "schedule_lines_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger"."entries" ADD CONSTRAINT "entries_transfer_id_transfers_id_fk" FOREIGN KEY ("transfer_id") REFERENCES "ledger"."transfers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger"."entries" ADD CONSTRAINT "entries_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "ledger"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD CONSTRAINT "attempts_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD CONSTRAINT "attempts_payment_method_id_methods_id_fk" FOREIGN KEY ("payment_method_id") REFERENCES "payments"."methods"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments"."callbacks" ADD CONSTRAINT "callbacks_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "payments"."attempts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payments"."methods" ADD CONSTRAINT "methods_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "support"."notifications" ADD CONSTRAINT "notifications_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vehicles"."holds" ADD CONSTRAINT "holds_vehicle_id_vehicles_id_fk" FOREIGN KEY ("vehicle_id") REFERENCES "vehicles"."vehicles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "assessments_lease" ON "credit"."assessments" USING btree ("lease_id");--> statement-breakpoint
CREATE INDEX "assessments_customer" ON "credit"."assessments" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_key" ON "events"."audit" USING btree ("key");--> statement-breakpoint
CREATE INDEX "audit_lease" ON "events"."audit" USING btree ("lease_id","at","number");--> statement-breakpoint
CREATE INDEX "audit_subject" ON "events"."audit" USING btree ("subject","number");--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_id" ON "events"."outbox" USING btree ("id");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "events"."outbox" USING btree ("number") WHERE "events"."outbox"."published_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_subject" ON "events"."outbox" USING btree ("subject","number");--> statement-breakpoint
CREATE INDEX "outbox_lease" ON "events"."outbox" USING btree ("lease_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "idempotency_keys_key" ON "identity"."idempotency_keys" USING btree ("user_id","route","key");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "identity"."idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "otp_codes_phone" ON "identity"."otp_codes" USING btree ("phone_hash","created_at");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "identity"."sessions" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_phone_hash" ON "identity"."users" USING btree ("phone_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "identity"."users" USING btree ("email");--> statement-breakpoint
CREATE INDEX "documents_user" ON "kyc"."documents" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "submissions_open" ON "kyc"."submissions" USING btree ("user_id") WHERE "kyc"."submissions"."status" in ('pending', 'in_review');--> statement-breakpoint
CREATE UNIQUE INDEX "submissions_callback" ON "kyc"."submissions" USING btree ("callback_hash");--> statement-breakpoint
CREATE INDEX "submissions_document" ON "kyc"."submissions" USING btree ("document_number_hash");--> statement-breakpoint
CREATE INDEX "submissions_user" ON "kyc"."submissions" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "leases_reference" ON "leases"."leases" USING btree ("reference");--> statement-breakpoint
CREATE INDEX "leases_customer" ON "leases"."leases" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "leases_vehicle" ON "leases"."leases" USING btree ("vehicle_id");--> statement-breakpoint
CREATE INDEX "leases_status" ON "leases"."leases" USING btree ("status","market");--> statement-breakpoint
CREATE UNIQUE INDEX "accounts_name" ON "ledger"."accounts" USING btree ("name","currency");--> statement-breakpoint
CREATE INDEX "accounts_lease" ON "ledger"."accounts" USING btree ("lease_id");--> statement-breakpoint
CREATE INDEX "entries_account" ON "ledger"."entries" USING btree ("account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "transfers_key" ON "ledger"."transfers" USING btree ("key");--> statement-breakpoint
CREATE UNIQUE INDEX "transfers_reverses" ON "ledger"."transfers" USING btree ("reverses");--> statement-breakpoint
CREATE INDEX "transfers_lease" ON "ledger"."transfers" USING btree ("lease_id","number");--> statement-breakpoint
CREATE INDEX "attempts_lease" ON "payments"."attempts" USING btree ("lease_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_try" ON "payments"."attempts" USING btree ("lease_id","due","attempt");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_callback" ON "payments"."attempts" USING btree ("callback_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_receipt" ON "payments"."attempts" USING btree ("provider","provider_reference") WHERE "payments"."attempts"."kind" <> 'refund';--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_cash_receipt" ON "payments"."attempts" USING btree ("agent_id","receipt_number");--> statement-breakpoint
CREATE INDEX "attempts_open" ON "payments"."attempts" USING btree ("status") WHERE "payments"."attempts"."status" in ('pending', 'unknown');--> statement-breakpoint
CREATE INDEX "callbacks_attempt" ON "payments"."callbacks" USING btree ("attempt_id");--> statement-breakpoint
CREATE UNIQUE INDEX "cases_key" ON "payments"."cases" USING btree ("key");--> statement-breakpoint
CREATE INDEX "cases_open" ON "payments"."cases" USING btree ("status","opened_at");--> statement-breakpoint
CREATE INDEX "cases_lease" ON "payments"."cases" USING btree ("lease_id");--> statement-breakpoint
CREATE UNIQUE INDEX "methods_one" ON "payments"."methods" USING btree ("user_id","provider","phone_hash") WHERE "payments"."methods"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "methods_phone" ON "payments"."methods" USING btree ("phone_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "notifications_key" ON "support"."notifications" USING btree ("key");--> statement-breakpoint
CREATE INDEX "notifications_user" ON "support"."notifications" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "positions_vehicle" ON "telematics"."positions" USING btree ("vehicle_id","ts");--> statement-breakpoint
CREATE INDEX "quarantine_tracker" ON "telematics"."quarantine" USING btree ("tracker_id","received_at");--> statement-breakpoint
CREATE UNIQUE INDEX "risk_events_episode" ON "telematics"."risk_events" USING btree ("episode");--> statement-breakpoint
CREATE INDEX "risk_events_vehicle" ON "telematics"."risk_events" USING btree ("vehicle_id","occurred_at");--> statement-breakpoint
CREATE INDEX "risk_events_lease" ON "telematics"."risk_events" USING btree ("lease_id","occurred_at");--> statement-breakpoint
CREATE INDEX "risk_events_unsignalled" ON "telematics"."risk_events" USING btree ("created_at") WHERE "telematics"."risk_events"."signalled_at" is null and "telematics"."risk_events"."lease_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "trackers_vehicle" ON "telematics"."trackers" USING btree ("vehicle_id") WHERE "telematics"."trackers"."revoked_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "trackers_serial" ON "telematics"."trackers" USING btree ("serial") WHERE "telematics"."trackers"."revoked_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "holds_one_per_vehicle" ON "vehicles"."holds" USING btree ("vehicle_id") WHERE "vehicles"."holds"."released_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "holds_one_per_lease" ON "vehicles"."holds" USING btree ("lease_id") WHERE "vehicles"."holds"."released_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "plans_name" ON "vehicles"."plans" USING btree ("market","name");--> statement-breakpoint
CREATE UNIQUE INDEX "vehicles_registration" ON "vehicles"."vehicles" USING btree ("market","registration");--> statement-breakpoint
CREATE UNIQUE INDEX "vehicles_vin" ON "vehicles"."vehicles" USING btree ("vin");--> statement-breakpoint
CREATE INDEX "vehicles_market_status" ON "vehicles"."vehicles" USING btree ("market","status","type");