-- Who shares a pair without holding it, which happens only where an account allows conflicts: the
-- one that held it last comes first when the holder's session ends.

CREATE INDEX participants_shared ON participants (proxy_identifier, identifier, date_updated)
    WHERE pair = 2;
