-- Creates the partitions of the UTC days from first to last, those that are missing; safe to call at once from many.
-- Positions of such a day that came before it was made stand in the default partition, and move into it.
CREATE OR REPLACE FUNCTION telematics.ensure_partitions(first date, last date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  day date := first;
  name text;
  begins timestamptz;
  ends timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('telematics.ensure_partitions'));
  WHILE day <= last LOOP
    name := 'positions_' || to_char(day, 'YYYYMMDD');
    IF to_regclass('telematics.' || name) IS NULL THEN
      begins := day::timestamp AT TIME ZONE 'UTC';
      ends := (day + 1)::timestamp AT TIME ZONE 'UTC';
      -- Nobody adds a position of that day between the move and the new bounds. Days that are there are not locked.
      LOCK TABLE ONLY telematics.positions IN ACCESS EXCLUSIVE MODE;
      EXECUTE format('CREATE TABLE telematics.%I (LIKE telematics.positions INCLUDING ALL)', name);
      EXECUTE format(
        'WITH moved AS (DELETE FROM telematics.positions_default WHERE ts >= $1 AND ts < $2 RETURNING *) INSERT INTO telematics.%I SELECT * FROM moved',
        name) USING begins, ends;
      EXECUTE format('ALTER TABLE telematics.positions ATTACH PARTITION telematics.%I FOR VALUES FROM (%L) TO (%L)', name, begins, ends);
    END IF;
    day := day + 1;
  END LOOP;
END $$;
