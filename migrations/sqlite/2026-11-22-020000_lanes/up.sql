-- How each lane goes, and what the operator set for it: what is empty is as the table of providers says.
CREATE TABLE lanes (
  name TEXT PRIMARY KEY NOT NULL,
  connections BIGINT,
  messages BIGINT,
  hourly BIGINT,
  permille BIGINT NOT NULL,
  since BIGINT,
  stopped_until BIGINT,
  reply TEXT,
  full_at BIGINT,
  first_at BIGINT
);

-- How a lane goes for one account only, because a reply spoke of that account.
CREATE TABLE account_lanes (
  account_id BLOB NOT NULL REFERENCES accounts (id),
  lane TEXT NOT NULL,
  permille BIGINT NOT NULL,
  since BIGINT,
  stopped_until BIGINT,
  reply TEXT,
  PRIMARY KEY (account_id, lane)
);

-- The lanes of a campaign's audience, and what each may take of the campaign's pace now.
CREATE TABLE campaign_lanes (
  campaign_id BLOB NOT NULL REFERENCES campaigns (id),
  lane TEXT NOT NULL,
  audience BIGINT NOT NULL,
  full_at BIGINT,
  retries_full_at BIGINT,
  PRIMARY KEY (campaign_id, lane)
);

-- The lane of each receiving domain. One that nobody has asked about yet has no expiry.
CREATE TABLE receiving_domains (
  name TEXT PRIMARY KEY NOT NULL,
  lane TEXT NOT NULL,
  wanted_at BIGINT,
  expires_at BIGINT
);
CREATE INDEX receiving_domains_wanted ON receiving_domains (wanted_at) WHERE wanted_at IS NOT NULL;

-- Until now a lane was the bare receiving domain. What waits goes in the lane of all others.
UPDATE deliveries SET lane = 'other' WHERE state IN ('queued', 'claimed', 'deferred');
INSERT INTO campaign_lanes (campaign_id, lane, audience)
  SELECT campaign_id, 'other', COUNT(*) FROM deliveries
  WHERE kind = 'campaign' AND state IN ('queued', 'claimed', 'deferred') AND campaign_id IS NOT NULL GROUP BY campaign_id;

DROP INDEX deliveries_released;
DROP INDEX deliveries_retry;
CREATE INDEX deliveries_released ON deliveries (campaign_id, lane, position) WHERE kind = 'campaign' AND state = 'queued';
CREATE INDEX deliveries_retry ON deliveries (campaign_id, lane, due_at) WHERE kind = 'campaign' AND state = 'deferred';
