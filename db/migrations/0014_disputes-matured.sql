ALTER TABLE "leases"."leases" DROP CONSTRAINT "leases_amounts";--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" DROP CONSTRAINT "schedule_lines_amounts";--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "disputed" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" ADD COLUMN "matured" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD CONSTRAINT "leases_amounts" CHECK ("leases"."leases"."deposit" >= 0 and "leases"."leases"."deposit_paid" between 0 and "leases"."leases"."deposit" and "leases"."leases"."credit" >= 0 and "leases"."leases"."fees_paid" >= 0 and "leases"."leases"."fees_waived" >= 0 and "leases"."leases"."fees_paid" + "leases"."leases"."fees_waived" <= "leases"."leases"."fees_charged" and "leases"."leases"."recovered" >= 0 and "leases"."leases"."disputed" >= 0);--> statement-breakpoint
ALTER TABLE "leases"."schedule_lines" ADD CONSTRAINT "schedule_lines_amounts" CHECK ("leases"."schedule_lines"."amount" > 0 and "leases"."schedule_lines"."paid" >= 0 and "leases"."schedule_lines"."waived" >= 0 and "leases"."schedule_lines"."paid" + "leases"."schedule_lines"."waived" <= "leases"."schedule_lines"."amount" and "leases"."schedule_lines"."matured" between 0 and "leases"."schedule_lines"."amount");--> statement-breakpoint
-- Of a deposit that is taken back after the handover; there before two transactions open it at once.
INSERT INTO ledger.accounts (id, name, currency)
  SELECT gen_random_uuid(), 'unearned:deposit', currency FROM unnest(array['UGX', 'KES', 'RWF']) AS currency
  ON CONFLICT (name, currency) DO NOTHING;
