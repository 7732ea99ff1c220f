CREATE INDEX "commands_at" ON "leases"."commands" USING brin ("at");--> statement-breakpoint
CREATE INDEX "notifications_created" ON "support"."notifications" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "callbacks_received" ON "payments"."callbacks" USING brin ("received_at");--> statement-breakpoint
CREATE INDEX "risk_events_created" ON "telematics"."risk_events" USING brin ("created_at");