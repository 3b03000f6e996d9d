// question: Which exceptions keep others, by `raise ... from` or by being raised while another one was handled?
// columns: exception (type), link (__cause__ or __context__), other (type), count, retained (of the others)
// read: Each of the others keeps a traceback of its own. `raise ... from None` hides the first from the reader but keeps it alive.
// param limit = 20
MATCH (e)-[l:__cause__|__context__]->(other)
WHERE e.kind = 'exception' AND other.kind = 'exception'
RETURN e.type AS exception, l.name AS link, other.type AS other, count(*) AS count, retained(collect(DISTINCT other)) AS retained
ORDER BY count DESC, exception, link
LIMIT $limit
