DROP TABLE campaign_ranges;
