-- What drizzle has no word for: the ledger's guarantees, and the partitions of positions.

-- Ledger: entries of a transfer sum to zero in each currency, checked when the transaction commits.
CREATE FUNCTION ledger.check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger.entries WHERE transfer_id = NEW.id) THEN
    RAISE EXCEPTION 'transfer % has no entries', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'transfers_balanced';
  END IF;
  IF EXISTS (SELECT 1 FROM ledger.entries WHERE transfer_id = NEW.id GROUP BY currency HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'transfer % does not balance', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'transfers_balanced';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER transfers_balanced AFTER INSERT ON ledger.transfers
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.check_balanced();
--> statement-breakpoint
-- An entry joins a transfer only in the transaction that wrote the transfer, in its account's currency.
CREATE FUNCTION ledger.check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM ledger.transfers WHERE id = NEW.transfer_id AND xmin::text = pg_current_xact_id()::xid::text) THEN
    RAISE EXCEPTION 'transfer % is closed', NEW.transfer_id USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_closed';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM ledger.accounts WHERE id = NEW.account_id AND currency = NEW.currency) THEN
    RAISE EXCEPTION 'account % is not in %', NEW.account_id, NEW.currency USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_currency';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER entries_checked BEFORE INSERT ON ledger.entries FOR EACH ROW EXECUTE FUNCTION ledger.check_entry();
--> statement-breakpoint
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is immutable: reverse it with a counter-entry', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER transfers_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfers FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
--> statement-breakpoint
CREATE TRIGGER entries_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entries FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
--> statement-breakpoint
CREATE TRIGGER accounts_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.accounts FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
--> statement-breakpoint
CREATE TRIGGER audit_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events.audit FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
--> statement-breakpoint

-- Positions: the same columns, partitioned by day on ts.
ALTER TABLE telematics.positions RENAME TO positions_plain;
--> statement-breakpoint
CREATE TABLE telematics.positions (LIKE telematics.positions_plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (ts);
--> statement-breakpoint
DROP TABLE telematics.positions_plain;
--> statement-breakpoint
ALTER TABLE telematics.positions ADD CONSTRAINT positions_tracker_id_ts_sequence_pk PRIMARY KEY (tracker_id, ts, sequence);
--> statement-breakpoint
CREATE INDEX positions_vehicle ON telematics.positions (vehicle_id, ts);
--> statement-breakpoint
CREATE TABLE telematics.positions_default PARTITION OF telematics.positions DEFAULT;
--> statement-breakpoint
-- Creates the partitions of the UTC days from first to last, those that are missing; safe to call at once from many.
CREATE FUNCTION telematics.ensure_partitions(first date, last date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE day date := first;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('telematics.ensure_partitions'));
  WHILE day <= last LOOP
    EXECUTE format('CREATE TABLE IF NOT EXISTS telematics.%I PARTITION OF telematics.positions FOR VALUES FROM (%L) TO (%L)',
      'positions_' || to_char(day, 'YYYYMMDD'), day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    day := day + 1;
  END LOOP;
END $$;
