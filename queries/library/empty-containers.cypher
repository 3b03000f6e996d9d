// question: Who holds empty containers, and how many?
// columns: holder (type), container (type), count, size (own bytes of these together)
// read: An empty dict takes 64 bytes, an empty set more than 200. Many of one holder are attributes made in advance: make them at the
//   first use. A container with two holders of different types is in both of their rows.
// param limit = 20
MATCH (h)-[e]->(d)
WHERE d.kind = 'container' AND d.type <> 'tuple' AND d.length = 0 AND e.class <> 'weak'
WITH DISTINCT h.type AS holder, d
RETURN holder, d.type AS container, count(*) AS count, sum(d.size) AS size
ORDER BY size DESC, count DESC, holder
LIMIT $limit
