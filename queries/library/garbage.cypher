// question: What would a full collection free, by type?
// columns: type, count, size (own bytes)
// read: Much of it means that the collector comes seldom, or is off: gc.collect() at quiet moments. heapdiff garbage says more.
// param limit = 20
MATCH (n)
WHERE n.fate = 'garbage'
RETURN n.type AS type, count(*) AS count, sum(n.size) AS size
ORDER BY size DESC, type
LIMIT $limit
