-- A number leaves its pool when nobody uses it any more, so that only the past has to be found by
-- number: an entry for each use cost every session create two pages at random.

DROP INDEX affinities_number;
CREATE INDEX affinities_number ON affinities (number_sid) WHERE active = 0;
