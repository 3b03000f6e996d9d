// question: Which sockets are there, and who keeps them?
// columns: socket, refcount, retained, path
// read: More than there are connections means that some are not closed, or closed and kept.
// param limit = 50
MATCH (s)
WHERE s.type =~ '_socket\\.socket|socket\\.socket|ssl\\.SSLSocket|asyncio\\..*Transport'
WITH s
ORDER BY s.retained DESC, s.id
LIMIT $limit
RETURN s AS socket, s.refcount AS refcount, s.retained AS retained, path(s) AS path
