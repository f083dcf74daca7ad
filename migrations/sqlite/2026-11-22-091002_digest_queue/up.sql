-- Digests wait for room, many at once: whoever waits for a mail of their own is not looked for among them.
DROP INDEX deliveries_single;
CREATE INDEX deliveries_single ON deliveries (due_at, id)
  WHERE kind NOT IN ('campaign', 'digest') AND state IN ('queued', 'deferred');
CREATE INDEX deliveries_digests ON deliveries (due_at, id) WHERE kind = 'digest' AND state IN ('queued', 'deferred');
