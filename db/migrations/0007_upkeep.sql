CREATE INDEX "outbox_published" ON "events"."outbox" USING btree ("published_at");--> statement-breakpoint
CREATE INDEX "otp_codes_created" ON "identity"."otp_codes" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "refresh_tokens_session" ON "identity"."refresh_tokens" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "sessions_expires" ON "identity"."sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "quarantine_received" ON "telematics"."quarantine" USING btree ("received_at");