CREATE INDEX deliveries_campaign ON deliveries (campaign_id, state, id);
DROP INDEX deliveries_complained;
DROP INDEX deliveries_bounced;
DROP INDEX deliveries_ended;
DROP INDEX deliveries_of_campaign;
