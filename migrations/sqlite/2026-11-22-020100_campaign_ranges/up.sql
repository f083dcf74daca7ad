-- The places of a list from which an audience is being read, all at once; gone when it is frozen.
CREATE TABLE campaign_ranges (
  campaign_id BLOB NOT NULL REFERENCES campaigns (id),
  number BIGINT NOT NULL,
  after BLOB NOT NULL,
  upto BLOB NOT NULL,
  PRIMARY KEY (campaign_id, number)
);
