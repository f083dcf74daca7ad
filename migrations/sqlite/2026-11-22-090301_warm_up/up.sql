-- Whether new senders are warmed up: the operator's word, and how mail leaves where there is none.
ALTER TABLE installation ADD COLUMN warm_up TEXT;
ALTER TABLE installation ADD COLUMN delivers_directly BIGINT NOT NULL DEFAULT 0;
-- The operator's word for one account; null for what holds for the installation.
ALTER TABLE accounts ADD COLUMN warm_up TEXT;

-- How far an account is with a sending domain in a lane: its ceiling on a day, and when the lane was warm. A row without
-- a lane says that the whole domain is taken as warm.
CREATE TABLE warm_ups (
  account_id BLOB NOT NULL REFERENCES accounts (id),
  domain TEXT NOT NULL,
  lane TEXT NOT NULL,
  day_at BIGINT NOT NULL,
  ceiling BIGINT NOT NULL,
  full_at BIGINT,
  warm_at BIGINT,
  PRIMARY KEY (account_id, domain, lane)
);

-- What a day (UTC) of a warm-up came to.
CREATE TABLE warm_up_days (
  account_id BLOB NOT NULL REFERENCES accounts (id),
  domain TEXT NOT NULL,
  lane TEXT NOT NULL,
  day_at BIGINT NOT NULL,
  tried BIGINT NOT NULL DEFAULT 0,
  hard BIGINT NOT NULL DEFAULT 0,
  deferred BIGINT NOT NULL DEFAULT 0,
  complaints BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, domain, lane, day_at)
);

-- Where an audience that is read by the time of its stamps is, the latest first; null for one that is read by ids.
ALTER TABLE campaign_ranges ADD COLUMN stamped_before BIGINT;
CREATE INDEX subscriptions_stamped ON subscriptions (list_id, confirmed_at, id) WHERE state = 'confirmed';
