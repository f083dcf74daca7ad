-- What the operator allows: how many soft bounces on different days, over how many days, end a subscription, and at how
-- many hundredths of a percent of dead addresses and of complaints a campaign is paused at the latest.
ALTER TABLE installation ADD COLUMN soft_bounces BIGINT NOT NULL DEFAULT 5;
ALTER TABLE installation ADD COLUMN soft_bounce_days BIGINT NOT NULL DEFAULT 15;
ALTER TABLE installation ADD COLUMN brake_bounces BIGINT NOT NULL DEFAULT 500;
ALTER TABLE installation ADD COLUMN brake_complaints BIGINT NOT NULL DEFAULT 30;

-- What an account chose within that; null for what the operator allows.
ALTER TABLE accounts ADD COLUMN brake_bounces BIGINT;
ALTER TABLE accounts ADD COLUMN brake_complaints BIGINT;
ALTER TABLE accounts ADD COLUMN brake_sample BIGINT;

-- What a brake found of a campaign, and the numbers from which it counts since it was resumed.
CREATE TABLE campaign_brakes (
  campaign_id UUID PRIMARY KEY NOT NULL REFERENCES campaigns (id),
  account_id UUID NOT NULL REFERENCES accounts (id),
  rate TEXT NOT NULL,
  hits BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  most BIGINT NOT NULL,
  warned_at BIGINT,
  paused_at BIGINT,
  base_sent BIGINT NOT NULL DEFAULT 0,
  base_bounces BIGINT NOT NULL DEFAULT 0,
  base_complaints BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX complaints_campaign ON complaints (campaign_id, id);
CREATE INDEX inbound_messages_delivery ON inbound_messages (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX suppressions_lifted ON suppressions (account_id, address_hash) WHERE lifted_at IS NOT NULL;
