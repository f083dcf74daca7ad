-- The places of a list from which an audience is being read, all at once; gone when it is frozen.
CREATE TABLE campaign_ranges (
  campaign_id UUID NOT NULL REFERENCES campaigns (id),
  number BIGINT NOT NULL,
  after UUID NOT NULL,
  upto UUID NOT NULL,
  PRIMARY KEY (campaign_id, number)
);
