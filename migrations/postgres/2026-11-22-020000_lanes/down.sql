DROP INDEX deliveries_retry;
DROP INDEX deliveries_released;
CREATE INDEX deliveries_released ON deliveries (campaign_id, position) WHERE kind = 'campaign' AND state = 'queued';
CREATE INDEX deliveries_retry ON deliveries (campaign_id, due_at) WHERE kind = 'campaign' AND state = 'deferred';
DROP TABLE receiving_domains;
DROP TABLE campaign_lanes;
DROP TABLE account_lanes;
DROP TABLE lanes;
