-- The state of a delivery changes twice with each mail, so an index of all deliveries does not carry it: what still waits
-- stands in deliveries_released and deliveries_retry, and of what ended only what went wrong is looked for. The new ones
-- are there before the old one goes, so that nobody reads without.
CREATE INDEX deliveries_of_campaign ON deliveries (campaign_id, id);
CREATE INDEX deliveries_ended ON deliveries (campaign_id, kind, state, id) WHERE state = 'failed' OR state = 'skipped';
CREATE INDEX deliveries_bounced ON deliveries (campaign_id) WHERE bounced_at IS NOT NULL;
CREATE INDEX deliveries_complained ON deliveries (campaign_id) WHERE complained_at IS NOT NULL;
DROP INDEX deliveries_campaign;
