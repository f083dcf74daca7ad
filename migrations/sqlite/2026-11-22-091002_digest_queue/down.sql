DROP INDEX deliveries_digests;
DROP INDEX deliveries_single;
CREATE INDEX deliveries_single ON deliveries (due_at, id) WHERE kind <> 'campaign' AND state IN ('queued', 'deferred');
