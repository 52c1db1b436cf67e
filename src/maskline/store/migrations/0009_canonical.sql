-- People are known by one number from now on: a Mexican one without the 1 after +52, an Argentine one
-- without the 9 after +54. Whoever is there in both forms already stays so.

UPDATE participants SET identifier = substr(identifier, 1, 3) || substr(identifier, 5)
WHERE length(identifier) = 14
  AND (identifier LIKE '+521%' OR identifier LIKE '+5491%'
       OR identifier LIKE '+5492%' OR identifier LIKE '+5493%')
  AND NOT EXISTS (
      SELECT 1 FROM participants o
      WHERE o.session_sid = participants.session_sid
        AND o.identifier = substr(participants.identifier, 1, 3)
                           || substr(participants.identifier, 5))
  AND NOT EXISTS (
      SELECT 1 FROM participants o
      WHERE participants.pair = 1 AND o.pair = 1 AND o.proxy_identifier = participants.proxy_identifier
        AND o.identifier = substr(participants.identifier, 1, 3)
                           || substr(participants.identifier, 5));

UPDATE affinities SET identifier = substr(identifier, 1, 3) || substr(identifier, 5)
WHERE length(identifier) = 14
  AND (identifier LIKE '+521%' OR identifier LIKE '+5491%'
       OR identifier LIKE '+5492%' OR identifier LIKE '+5493%')
  AND NOT EXISTS (
      SELECT 1 FROM affinities o
      WHERE o.service_sid = affinities.service_sid
        AND o.identifier = substr(affinities.identifier, 1, 3) || substr(affinities.identifier, 5)
        AND o.number_sid = affinities.number_sid);
