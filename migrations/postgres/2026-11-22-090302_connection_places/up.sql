-- Which node may have how many connections at once to a provider from one of our source addresses, until when. The row
-- without a lane says that the node is there.
CREATE TABLE connection_places (
  lane TEXT NOT NULL,
  source TEXT NOT NULL,
  node TEXT NOT NULL,
  wanted BIGINT NOT NULL,
  places BIGINT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (lane, source, node)
);
